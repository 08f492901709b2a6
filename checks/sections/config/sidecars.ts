import type { V1Pod } from "@kubernetes/client-node";
import { workloadsOf } from "#model/catalog.ts";
import { PROXY_CONTAINER } from "#model/platform-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { hasProxy, livingPods } from "./proxies.ts";

/** Every pod of the application namespace is in the mesh, and there are pods of every workload. */
export function sidecars({ catalog, context: { namespace } }: DeclaredMesh): Check {
    const workloads = workloadsOf(catalog).map(({ name }) => name);
    return {
        id: "config/sidecars",
        title: `every pod of ${namespace} has a sidecar that is ready`,
        documentation: "https://istio.io/latest/docs/ops/common-problems/injection/",
        run: async (live) => {
            const pods = await livingPods(live, namespace);
            const wrong = sidecarProblems(pods, workloads);
            return wrong.length === 0
                ? passed(`${pods.length} pods, each with a ready ${PROXY_CONTAINER}`)
                : failed(
                      `a ready container ${PROXY_CONTAINER} in every pod`,
                      wrong.join("; "),
                      "Look at the namespace's injection label and the pod's events, then restart the workload.",
                  );
        },
    };
}

/** What is wrong with the sidecars of pods. */
export function sidecarProblems(pods: readonly V1Pod[], workloads: readonly string[]): string[] {
    const missing = workloads.filter(
        (workload) => !pods.some(({ metadata }) => metadata?.labels?.["app"] === workload),
    );
    return [
        ...missing.map((workload) => `${workload} has no pod`),
        ...pods.flatMap((pod) => {
            const name = pod.metadata?.name ?? "";
            if (!hasProxy(pod)) {
                return [`${name} has no sidecar`];
            }
            return isProxyReady(pod) ? [] : [`the sidecar of ${name} is not ready`];
        }),
    ];
}

function isProxyReady({ status }: V1Pod): boolean {
    return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].some(
        ({ name, ready }) => name === PROXY_CONTAINER && ready,
    );
}
