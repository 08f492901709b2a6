import type { KubernetesObject } from "./field.ts";
import { each } from "./finding.ts";
import { chartOf, valueAt } from "./helm.ts";
import { HELM, WORKLOADS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";
import { podOf } from "./workload.ts";

/** What Flagger is told of a workload that it releases. */
export const CANARY: Selector = { group: "flagger.app", kind: "Canary" };

/** Labels of which Flagger changes the first that the workload selects its pods by. */
const SELECTOR_LABELS = "app,name,app.kubernetes.io/name";

/** The pods that get the requests while nothing is released. */
export interface Primary {
    readonly canary: KubernetesObject;
    /** The workload that Flagger copies, and scales to none. */
    readonly target: KubernetesObject;
    /** The one label in which the copy's pods are not like the target's. */
    readonly label: string;
    readonly value: string;
}

function selectorLabels(stack: Stack): readonly string[] {
    const flagger = firstOf(stack.of(...HELM), (release) => chartOf(release) === "flagger");
    const told = flagger && valueAt(flagger, "selectorLabels").text();
    return (told ?? SELECTOR_LABELS).split(",").map((label) => label.trim());
}

/** The workload that a canary is for; `undefined` where the stack does not have it. @throws UnknownValue */
function targetOf(stack: Stack, canary: KubernetesObject): KubernetesObject | undefined {
    const target = canary.root.at("spec", "targetRef");
    const { namespace } = canary;
    return firstOf(
        stack.in(namespace, WORKLOADS),
        (workload) =>
            workload.kind === target.at("kind").text() &&
            workload.name === target.at("name").text() &&
            workload.namespace === namespace,
    );
}

/** What Flagger makes of a canary's target. @throws UnknownValue */
export function primaryOf(stack: Stack, canary: KubernetesObject): Primary | undefined {
    const target = targetOf(stack, canary);
    if (target === undefined) {
        return undefined;
    }
    const selector = target.root.at("spec", "selector", "matchLabels");
    const labels = selector.exists ? selector : podOf(target).at("metadata", "labels");
    const label = selectorLabels(stack).find((key) => labels.at(key).exists);
    return label === undefined
        ? undefined
        : { canary, target, label, value: `${labels.at(label).text() ?? ""}-primary` };
}

/** Full names of the hosts for which Flagger makes a Service and a DestinationRule of its own. */
export function canaryHostsOf(stack: Stack, { clusterDomain }: Settings): ReadonlySet<string> {
    return stack.once("hosts of canaries", () => {
        const hosts = new Set<string>();
        each(
            () => stack.of(CANARY),
            ({ namespace, root }) => {
                const spec = root.at("spec");
                const own = spec.at("service", "name").text();
                const name = own ?? spec.at("targetRef", "name").text() ?? "";
                for (const role of ["primary", "canary"]) {
                    hosts.add(`${name}-${role}.${namespace}.svc.${clusterDomain}`);
                }
                return [];
            },
        );
        return hosts;
    });
}
