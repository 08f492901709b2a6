import { readKey, Unknown } from "./known.ts";

/** A provider of Kubernetes' resources. */
export interface Provider {
    readonly urn: string;
    readonly props: object;
}

/**
 * What tells one cluster from another: how its provider reaches it, whatever else it is told. Providers that are told
 * nothing of it, each version's default one among them, reach the one of the surroundings.
 *
 * @returns empty for the cluster of the surroundings; the provider's own URN where nobody can tell
 */
export function clusterOf({ urn, props }: Provider): string {
    const reached = ["kubeconfig", "context", "cluster"].map((key) => readKey(props, key) ?? "");
    if (reached.some((part) => part instanceof Unknown)) {
        return urn;
    }
    return reached.every((part) => part === "") ? "" : JSON.stringify(reached);
}
