import { serviceEntriesFor } from "#policy/destination-rules.ts";
import type { Field } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { valueAt } from "#policy/helm.ts";
import { serviceOf } from "#policy/replicas.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { Listener } from "../routes/listeners.ts";
import { listenersOf } from "../routes/listeners.ts";
import type { Subject } from "../subject.ts";
import { counterpartsOf, workloadsOf } from "../workloads.ts";
import type { Front, Workload } from "../workloads.ts";

/** Types of a Service that is reached from outside its cluster. */
export const OPEN_TYPES: readonly string[] = ["LoadBalancer", "NodePort"];

/** Whether a Service is reached from outside: by its type, or by addresses of its own. @throws UnknownValue */
export function isOpen(spec: Field): boolean {
    return (
        OPEN_TYPES.includes(spec.at("type").text() ?? "ClusterIP") ||
        spec.at("externalIPs").items().length > 0
    );
}

function isFrontOpen({ object: workload }: Workload, { object }: Front): boolean {
    if (object !== undefined) {
        return readable(() => isOpen(object.root.at("spec"))) ?? true;
    }
    // The Service that a gateway's chart or a Gateway makes.
    const type = readable(() =>
        workload.group === "helm.sh"
            ? valueAt(workload, "service", "type").text()
            : workload.root.at("metadata", "annotations", SERVICE_TYPE).text(),
    );
    return OPEN_TYPES.includes(type ?? "LoadBalancer");
}

const SERVICE_TYPE = "networking.istio.io/service-type";

/** Istio's own name for gateways by which the mesh calls out. */
const EGRESS = "egressgateway";

/** Whether what a gateway lets in comes from outside: unless nothing but the cluster reaches its pods. */
function isOutside({ workloads, field, gateway }: Listener): boolean {
    const labels =
        field === undefined
            ? []
            : (readable(() => textsOf(field.object.root.at("spec", "selector"))) ?? []);
    if (workloads.length === 0) {
        return ![gateway, ...labels.map(([, value]) => value)].some((text) =>
            text.includes(EGRESS),
        );
    }
    return workloads.some(
        (workload) =>
            workload.fronts.length === 0 ||
            workload.fronts.some((front) => isFrontOpen(workload, front)),
    );
}

/** Where a subject's gateways listen for clients outside. */
export function outsideListeners(subject: Subject): readonly Listener[] {
    return listenersOf(subject).filter(isOutside);
}

/** Whether a Service or a ServiceEntry of a subject, or a workload, answers for a host. */
function isKnown(host: string, subject: Subject): boolean {
    const { stack, settings } = meshViewOf(subject);
    return (
        workloadsOf(subject).answering(host).length > 0 ||
        (readable(() => serviceOf(stack, host, settings)) ?? false) !== false ||
        (readable(() => serviceEntriesFor(stack, host).length > 0) ?? true)
    );
}

/**
 * Whether what is behind a host was there before: a new workload that shows itself weakens nothing that was there. What
 * neither side declares is somebody else's, and was.
 */
export function wasThere(host: string, before: Subject, after: Subject): boolean {
    return (
        isKnown(host, before) ||
        !isKnown(host, after) ||
        workloadsOf(after)
            .answering(host)
            .some((workload) => counterpartsOf(before, workload).length > 0)
    );
}
