import { at, listAt, numberAt, stringAt } from "./json.ts";
import type { KubeClient, KubeObject } from "./kube-client.ts";
import { condition } from "./naming.ts";
import { explainPods } from "./pod-trouble.ts";

export type Readiness =
    { readonly is: "ready" } | { readonly is: "waiting" | "failed"; readonly why: string };

/** Judges a live object; may read others to say why it is not ready. */
export type ReadinessCheck = (client: KubeClient, object: KubeObject) => Promise<Readiness>;

const READY: Readiness = { is: "ready" };
const waiting = (why: string): Readiness => ({ is: "waiting", why });

/** What ready means by `Kind` or `group/Kind`; any other kind is ready as soon as it exists. */
export const READINESS: Readonly<Record<string, ReadinessCheck>> = {
    "apps/Deployment": deployment,
    "apps/StatefulSet": statefulSet,
    "apps/DaemonSet": daemonSet,
    "batch/Job": job,
    Pod: pod,
    Service: service,
    Namespace: (_client, object) => {
        const phase = stringAt(object, "status", "phase");
        return Promise.resolve(
            phase === "Active" ? READY : waiting(`its phase is ${phase ?? "unset"}`),
        );
    },
    "apiextensions.k8s.io/CustomResourceDefinition": conditionCheck("condition=Established"),
    "apiregistration.k8s.io/APIService": conditionCheck("condition=Available"),
};

/**
 * A check for `condition=<type>` or `condition=<type>=<status>`.
 *
 * @throws Error for any other form of `pulumi.com/waitFor`.
 */
export function conditionCheck(expression: string): ReadinessCheck {
    const match = /^condition=([^=]+)(?:=([^=]+))?$/.exec(expression);
    if (match === null) {
        throw new Error(
            `pulumi.com/waitFor "${expression}" is not supported without the Pulumi CLI; ` +
                `condition=<type> and condition=<type>=<status> are`,
        );
    }
    const [, type = "", wanted = "True"] = match;
    return (_client, object) => {
        const found = condition(object, type);
        if (stringAt(found, "status") === wanted) return Promise.resolve(READY);
        const message = stringAt(found, "message") ?? "not reported yet";
        return Promise.resolve(waiting(`condition ${type} is not ${wanted} (${message})`));
    };
}

async function deployment(client: KubeClient, object: KubeObject): Promise<Readiness> {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const count = (field: string): number => numberAt(object, "status", field) ?? 0;
    const updated = count("updatedReplicas");
    const available = count("availableReplicas");
    const current = observed(object);
    if (current && updated >= wanted && available >= wanted && count("replicas") === updated)
        return READY;
    const progressing = condition(object, "Progressing");
    const trouble = await explainPods(client, object);
    if (current && stringAt(progressing, "reason") === "ProgressDeadlineExceeded") {
        const message = stringAt(progressing, "message") ?? "no progress before its deadline";
        return { is: "failed", why: [message, ...trouble].join("; ") };
    }
    const summary = `${available} of ${wanted} replicas are available, ${updated} are up to date`;
    return waiting([summary, ...trouble].join("; "));
}

async function statefulSet(client: KubeClient, object: KubeObject): Promise<Readiness> {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const ready = numberAt(object, "status", "readyReplicas") ?? 0;
    const revision = stringAt(object, "status", "updateRevision");
    const rolled =
        stringAt(object, "spec", "updateStrategy", "type") === "OnDelete" ||
        (numberAt(object, "status", "updatedReplicas") ?? 0) >= wanted ||
        revision === stringAt(object, "status", "currentRevision");
    if (observed(object) && rolled && ready >= wanted) return READY;
    const trouble = await explainPods(client, object);
    return waiting([`${ready} of ${wanted} replicas are ready`, ...trouble].join("; "));
}

async function daemonSet(client: KubeClient, object: KubeObject): Promise<Readiness> {
    const count = (field: string): number => numberAt(object, "status", field) ?? 0;
    const wanted = count("desiredNumberScheduled");
    const updated =
        stringAt(object, "spec", "updateStrategy", "type") === "OnDelete" ||
        count("updatedNumberScheduled") >= wanted;
    if (observed(object) && updated && count("numberReady") >= wanted) return READY;
    const trouble = await explainPods(client, object);
    return waiting([`${count("numberReady")} of ${wanted} pods are ready`, ...trouble].join("; "));
}

async function job(client: KubeClient, object: KubeObject): Promise<Readiness> {
    if (stringAt(condition(object, "Complete"), "status") === "True") return READY;
    const failed = condition(object, "Failed");
    const trouble = await explainPods(client, object);
    if (stringAt(failed, "status") === "True") {
        const message = stringAt(failed, "message") ?? "the job failed";
        return { is: "failed", why: [message, ...trouble].join("; ") };
    }
    return waiting(["the job has not completed", ...trouble].join("; "));
}

async function pod(client: KubeClient, object: KubeObject): Promise<Readiness> {
    const phase = stringAt(object, "status", "phase");
    if (stringAt(condition(object, "Ready"), "status") === "True" || phase === "Succeeded")
        return READY;
    const trouble = await explainPods(client, object);
    return waiting([`its phase is ${phase ?? "unset"}`, ...trouble].join("; "));
}

/** A Service that selects pods is ready when one of them is behind it; a load balancer also has its address. */
async function service(client: KubeClient, object: KubeObject): Promise<Readiness> {
    const type = stringAt(object, "spec", "type") ?? "ClusterIP";
    const selector = Object.keys(at(object, "spec", "selector") ?? {});
    if (
        type === "LoadBalancer" &&
        listAt(object, "status", "loadBalancer", "ingress").length === 0
    ) {
        return waiting("the load balancer has no address");
    }
    const headless = stringAt(object, "spec", "clusterIP") === "None";
    if (type === "ExternalName" || headless || selector.length === 0) return READY;
    const { name, namespace } = object.metadata;
    const slices = await client.list("discovery.k8s.io/v1", "EndpointSlice", namespace, {
        labelSelector: `kubernetes.io/service-name=${name}`,
    });
    const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints"));
    if (endpoints.some((endpoint) => at(endpoint, "conditions", "ready") !== false)) return READY;
    const pods = endpoints.length === 0 ? "it selects no pod" : "no selected pod is ready";
    return waiting([pods, ...(await explainPods(client, object))].join("; "));
}

function observed(object: KubeObject): boolean {
    const generation = numberAt(object, "metadata", "generation") ?? 0;
    return (numberAt(object, "status", "observedGeneration") ?? 0) >= generation;
}
