/** Namespaces that Istio's injector never looks at, whatever their labels say. */
const NEVER_INJECTED: ReadonlySet<string> = new Set([
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "local-path-storage",
]);

/** Whether no pod of a namespace ever gets a sidecar. */
export function isNeverInjected(namespace: string): boolean {
    return NEVER_INJECTED.has(namespace);
}
