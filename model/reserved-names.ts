import { ISTIO_CONTAINERS } from "./platform-names.ts";

/** The name under which an intent lists the mesh's ingress gateway as a caller. */
export const INGRESS_GATEWAY = "ingress-gateway";
export type IngressGateway = typeof INGRESS_GATEWAY;

/** A pod in the mesh whose identity no catalogue names. */
export const STRANGER = "stranger";
/** A pod without a sidecar. */
export const OUTSIDER = "outsider";
/** A pod without a sidecar that answers every HTTP request with 200, to show that an outsider does reach somebody. */
export const CONTROL = "control";

/** The parts of the program beside its services, under whose names their resources are. */
export const PROGRAM_PARTS: readonly string[] = ["guard", "platform", "baseline"];

/** Why nothing of a catalogue can have a name; `undefined` where it can. */
export function reservedWorkload(name: string): string | undefined {
    if (Object.hasOwn(Object.prototype, name)) {
        return "it is a property of every object in JavaScript";
    }
    if (name === "default") {
        return "each namespace has a ServiceAccount of this name, which any pod may use";
    }
    if (name === INGRESS_GATEWAY) {
        return "among callers it stands for the gateway";
    }
    if (ISTIO_CONTAINERS.includes(name)) {
        return "Istio calls a container of each pod so";
    }
    if ([STRANGER, OUTSIDER, CONTROL].includes(name)) {
        return "mesh verify asks under this name";
    }
    return PROGRAM_PARTS.some((part) => name === part || name.startsWith(`${part}-`))
        ? "the program's own resources are called so"
        : undefined;
}

/**
 * Namespaces in which Istio's injector never looks, whatever their labels say. Nothing of a mesh can live there, and a
 * guard that wants a sidecar in each of their pods would keep out those of the cluster itself.
 * Source: `IgnoredNamespaces`, https://github.com/istio/istio/blob/master/pkg/kube/inject/initializer.go
 */
const IGNORED_NAMESPACES: readonly string[] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/** Namespace of Istio's control plane unless a stack says otherwise. */
export const CONTROL_PLANE_NAMESPACE = "istio-system";

/** Why a mesh cannot have a namespace for its services or its control plane; `undefined` where it can. */
export function reservedNamespace(namespace: string): string | undefined {
    if (IGNORED_NAMESPACES.includes(namespace)) {
        return "which is never injected";
    }
    if (namespace === "default") {
        return "where whatever says nothing of a namespace lands";
    }
    return namespace.startsWith("kube-")
        ? "which belongs to Kubernetes, as all whose names begin with kube-"
        : undefined;
}
