import { at, isObject, listAt, numberAt, stringAt } from "./json.ts";
import type { KubeClient, KubeObject } from "./kube-client.ts";
import { condition } from "./naming.ts";

const MOST_PODS = 3;

/**
 * Why the pods of a workload or Service are not ready, a short phrase each, at most three. Where there are no pods
 * at all, the newest warning events of what should have made them. Never throws: an explanation is not worth failing for.
 */
export async function explainPods(client: KubeClient, owner: KubeObject): Promise<string[]> {
    try {
        const pods = await podsOf(client, owner);
        const troubles = pods.flatMap((pod) => explainPod(pod));
        if (troubles.length > 0) return troubles.slice(0, MOST_PODS);
        return pods.length > 0 ? [] : await warnings(client, owner);
    } catch {
        return [];
    }
}

async function podsOf(client: KubeClient, owner: KubeObject): Promise<KubeObject[]> {
    const { namespace } = owner.metadata;
    if (owner.kind === "Pod") return [owner];
    const labels = at(owner, "spec", "selector", "matchLabels") ?? at(owner, "spec", "selector");
    if (!isObject(labels) || Object.keys(labels).length === 0) return [];
    const labelSelector = Object.entries(labels)
        .filter(([, value]) => typeof value === "string")
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(",");
    return client.list("v1", "Pod", namespace, { labelSelector });
}

/** What keeps one pod from being ready; empty when it is ready or has ended well. */
export function explainPod(pod: KubeObject): string[] {
    if (stringAt(condition(pod, "Ready"), "status") === "True") return [];
    if (stringAt(pod, "status", "phase") === "Succeeded") return [];
    const name = `pod ${pod.metadata.name}`;
    const scheduled = condition(pod, "PodScheduled");
    if (stringAt(scheduled, "status") === "False") {
        return [`${name} is not scheduled: ${stringAt(scheduled, "message") ?? "no reason given"}`];
    }
    const statuses = [
        ...listAt(pod, "status", "initContainerStatuses"),
        ...listAt(pod, "status", "containerStatuses"),
    ];
    const reasons = statuses.flatMap((status) => {
        const reason = explainContainer(status);
        return reason === undefined ? [] : [`${name}: ${reason}`];
    });
    if (reasons.length > 0) return reasons;
    const message =
        stringAt(pod, "status", "message") ?? stringAt(condition(pod, "Ready"), "message");
    return [message === undefined ? `${name} has not started` : `${name}: ${message}`];
}

function explainContainer(status: unknown): string | undefined {
    const container = `container ${stringAt(status, "name") ?? "?"}`;
    const reason = stringAt(status, "state", "waiting", "reason");
    if (reason !== undefined && reason !== "PodInitializing" && reason !== "ContainerCreating") {
        const message = stringAt(status, "state", "waiting", "message");
        const last = numberAt(status, "lastState", "terminated", "exitCode");
        const exit = last === undefined ? "" : `, last exit code ${last}`;
        return `${container} ${reason}${exit}${message === undefined ? "" : ` (${message})`}`;
    }
    const code = numberAt(status, "state", "terminated", "exitCode");
    if (code !== undefined && code !== 0) {
        const message = stringAt(status, "state", "terminated", "message")?.trim();
        return `${container} ended with code ${code}${message ? ` (${message.slice(-300)})` : ""}`;
    }
    return undefined;
}

/** Newest warnings about the owner and the ReplicaSets below it, which is where a refused pod shows. */
async function warnings(client: KubeClient, owner: KubeObject): Promise<string[]> {
    const { name, namespace } = owner.metadata;
    const events = await client.list("v1", "Event", namespace, { fieldSelector: "type=Warning" });
    const about = events.filter((event) => {
        const involved = stringAt(event, "involvedObject", "name") ?? "";
        const kind = stringAt(event, "involvedObject", "kind");
        return (
            (kind === owner.kind && involved === name) ||
            (kind === "ReplicaSet" && involved.startsWith(`${name}-`))
        );
    });
    const texts = about
        .map((event) => stringAt(event, "message") ?? "")
        .filter((text) => text !== "");
    return [...new Set(texts)].slice(-1);
}
