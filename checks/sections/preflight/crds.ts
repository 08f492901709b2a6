import { CustomObjectsApi } from "@kubernetes/client-node";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { ifFound } from "../../live-mesh.ts";

/** A kind in the version in which the program makes it. */
export interface WantedKind {
    readonly apiVersion: string;
    readonly kind: string;
}

/** Every kind of Istio's that the program makes. */
export function wantedKinds(): readonly WantedKind[] {
    return Object.entries(API_VERSIONS).map(([kind, apiVersion]) => ({ apiVersion, kind }));
}

/** Those kinds that are not served in the version that is wanted. */
export function missingKinds(
    wanted: readonly WantedKind[],
    served: ReadonlyMap<string, readonly string[]>,
): readonly WantedKind[] {
    return wanted.filter(({ apiVersion, kind }) => !served.get(apiVersion)?.includes(kind));
}

/** Asks what is served, not what the definitions say: only an established one is served. */
export const crds: Check = {
    id: "preflight/crds",
    title: "each of Istio's kinds is served in the version that the program makes",
    documentation:
        "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/",
    run: async ({ kubeConfig }) => {
        const wanted = wantedKinds();
        const api = kubeConfig.makeApiClient(CustomObjectsApi);
        const versions = [...new Set(wanted.map(({ apiVersion }) => apiVersion))];
        const served = new Map(
            await Promise.all(
                versions.map(
                    async (apiVersion) => [apiVersion, await servedKinds(api, apiVersion)] as const,
                ),
            ),
        );
        const missing = missingKinds(wanted, served);
        return missing.length === 0
            ? passed(`${wanted.length} kinds of ${versions.join(", ")}`)
            : failed(
                  `${wanted.length} kinds of ${versions.join(", ")}`,
                  `not served: ${missing.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).join(", ")}`,
                  "Istio's chart base brings the definitions: deploy the stack, or upgrade that chart first.",
              );
    },
};

async function servedKinds(api: CustomObjectsApi, apiVersion: string): Promise<readonly string[]> {
    const served = await ifFound(api.getAPIResources(groupAndVersion(apiVersion)));
    return served?.resources.map(({ kind }) => kind) ?? [];
}
