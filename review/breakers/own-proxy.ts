import { knownRuleFor, rulesFor } from "#policy/destination-rules.ts";
import type { MergedRule } from "#policy/destination-rules.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { partFor } from "#policy/traffic-policy.ts";
import { readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import { scopeHas, sidecarOf } from "../sidecars.ts";
import type { Workload } from "../workloads.ts";
import { limitsAt } from "./limits.ts";
import type { Limits } from "./limits.ts";

/** The rule that a workload's proxies read for a host. @throws UnknownValue */
export function ruleFor(
    host: string,
    namespace: string,
    workload: Workload | undefined,
    { stack, settings }: MeshView,
): MergedRule | undefined {
    const own = rulesFor(stack, host, settings).find((rule) => {
        const wanted = textsOf(rule.root.at("spec", "workloadSelector", "matchLabels"));
        return (
            workload !== undefined &&
            wanted.length > 0 &&
            rule.namespace === workload.namespace &&
            wanted.every(([key, value]) => workload.labels.get(key) === value)
        );
    });
    const isGateway = workload?.role === "gateway";
    return own === undefined
        ? knownRuleFor(stack, host, { namespaces: [namespace], isGateway }, settings)
        : { members: [own] };
}

/** What one pod takes by its own proxy, and what says so. */
export interface OwnLimits {
    readonly own: Limits;
    readonly ownObjects: readonly KubernetesObject[];
}

/** What a pod's own proxy takes: by its Sidecar, else by the rule for its own host, where it reads that. */
export function ownLimits(
    workload: Workload | undefined,
    host: string,
    port: string | undefined,
    view: MeshView,
): OwnLimits {
    const none = { own: {}, ownObjects: [] };
    if (workload === undefined || workload.proxy !== "sidecar") {
        return none;
    }
    const sidecar = sidecarOf(workload, view);
    const said = sidecar && readable(() => sidecarPool(sidecar));
    if (sidecar !== undefined && said !== undefined) {
        return { own: readable(() => limitsAt(said)) ?? {}, ownObjects: [sidecar] };
    }
    const isKnown =
        sidecar === undefined ||
        (readable(() => scopeHas(sidecar, workload.namespace, host)) ?? true);
    const rule = isKnown
        ? readable(() => ruleFor(host, workload.namespace, workload, view))
        : undefined;
    return rule === undefined
        ? none
        : {
              own: readable(() => limitsAt(partFor(rule, undefined, port, "connectionPool"))) ?? {},
              ownObjects: rule.members,
          };
}

/** The pool of a Sidecar for what comes in: of the first listener that has one, else of all. @throws UnknownValue */
function sidecarPool({ root }: KubernetesObject): Field | undefined {
    const spec = root.at("spec");
    const pools = [
        ...spec
            .at("ingress")
            .items()
            .map((listener) => listener.at("connectionPool")),
        spec.at("inboundConnectionPool"),
    ];
    return pools.find((pool) => pool.exists);
}
