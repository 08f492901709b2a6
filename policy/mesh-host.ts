import { namespaceOfHost, serviceEntriesFor } from "./destination-rules.ts";
import type { KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { overlaps } from "./hosts.ts";
import { istioChartOf } from "./istio-chart.ts";
import { HELM, KUBERNETES_GATEWAY } from "./kinds.ts";
import { hasPolicies, isInjected, namespaceNamed, optOutOf, optsIn } from "./membership.ts";
import { isNeverInjected } from "./never-injected.ts";
import { bearersOf } from "./bearers.ts";
import { serviceOf } from "./replicas.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";
import { podOf } from "./workload.ts";

/** Whether nothing in a namespace joins the mesh by itself: it is told, declared or known to be outside. @throws UnknownValue */
function isOutsideNamespace(namespace: string, stack: Stack, settings: Settings): boolean {
    if (
        namespace === settings.rootNamespace ||
        settings.unmeshedNamespaces.includes(namespace) ||
        isNeverInjected(namespace)
    ) {
        return true;
    }
    const declared = namespaceNamed(stack, namespace);
    return declared !== undefined && !isInjected(declared, stack);
}

/** Whether a workload's pods are known to run without the mesh. @throws UnknownValue */
function isOutsideWorkload(workload: KubernetesObject, stack: Stack, settings: Settings): boolean {
    const pod = podOf(workload);
    return (
        pod.at("spec", "hostNetwork").flag() === true ||
        optOutOf(pod) !== undefined ||
        (!optsIn(pod) && isOutsideNamespace(workload.namespace, stack, settings))
    );
}

/** Whether a Service may be a gateway's, which Istio or its chart makes. @throws UnknownValue */
function isGatewayService(name: string, namespace: string, stack: Stack): boolean {
    return (
        some(
            stack.in(namespace, ...HELM),
            (release) => istioChartOf(release) === "gateway" && name.startsWith(release.name),
        ) ||
        some(stack.in(namespace, KUBERNETES_GATEWAY), (gateway) => name.startsWith(gateway.name))
    );
}

/** Whether what a Service leads to is known to be outside; `undefined` where the stack does not say. @throws UnknownValue */
function isOutsideService(
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): boolean | undefined {
    const spec = service.root.at("spec");
    const selector = spec.at("selector");
    // An alias, or addresses that somebody wrote down: no pods of the cluster that Kubernetes would find.
    if (spec.at("type").text() === "ExternalName" || selector.entries().length === 0) {
        return true;
    }
    const workloads = bearersOf(stack, selector, service.namespace).filter(
        ({ runsPods }) => runsPods,
    );
    return workloads.length === 0
        ? undefined
        : !some(workloads, (workload) => !isOutsideWorkload(workload, stack, settings));
}

/** Whether a host of the cluster is known to be outside the mesh. @throws UnknownValue */
function isOutsideClusterHost(host: string, stack: Stack, settings: Settings): boolean {
    const namespace = namespaceOfHost(host, settings);
    if (namespace === undefined || namespace.startsWith("*")) {
        return false;
    }
    const [name = "*"] = host.split(`.${namespace}.svc.`)[0]?.split(".").slice(-1) ?? [];
    if (name === "kubernetes" && namespace === "default") {
        return true;
    }
    const service = serviceOf(
        stack,
        `${name}.${namespace}.svc.${settings.clusterDomain}`,
        settings,
    );
    return (
        (service && isOutsideService(service, stack, settings)) ??
        (isOutsideNamespace(namespace, stack, settings) &&
            !isGatewayService(name, namespace, stack))
    );
}

/** Whether ServiceEntries of the stack say of a host that it is outside, as they do where they say nothing. @throws UnknownValue */
function isExternalEntry(host: string, stack: Stack): boolean {
    const entries = host.startsWith("*") ? [] : serviceEntriesFor(stack, host);
    return (
        entries.length > 0 &&
        entries.every(({ root }) => root.at("spec", "location").text() !== "MESH_INTERNAL")
    );
}

/** Whether a host stands for something inside the mesh, alone or among others. @throws UnknownValue */
export function isMeshHost(host: string, stack: Stack, settings: Settings): boolean {
    return (
        [`*.svc.${settings.clusterDomain}`, ...settings.meshHosts].some((inside) =>
            overlaps(host, inside),
        ) &&
        !isOutsideClusterHost(host, stack, settings) &&
        !isExternalEntry(host, stack)
    );
}

/** Whether a host is one of the control plane, of which nobody here says how it shows itself. */
export function isControlPlaneHost(host: string, settings: Settings): boolean {
    return namespaceOfHost(host, settings) === settings.rootNamespace;
}

/**
 * Whether a host of the cluster is in a namespace outside the mesh and shows no identity of the mesh. A pod of the mesh
 * that declines its sidecar is another matter.
 *
 * @throws UnknownValue
 */
export function isUnmeshedClusterHost(host: string, stack: Stack, settings: Settings): boolean {
    const namespace = namespaceOfHost(host, settings);
    return (
        namespace !== undefined &&
        !isControlPlaneHost(host, settings) &&
        isOutsideNamespace(namespace, stack, settings) &&
        isOutsideClusterHost(host, stack, settings) &&
        // Who writes policies there means it to be in the mesh, and is told that it is not.
        !hasPolicies(stack, namespace, settings)
    );
}
