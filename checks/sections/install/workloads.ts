import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { AppsV1Api } from "@kubernetes/client-node";
import { GATEWAY_NAME } from "#model/mesh.ts";
import { ISTIOD, PROXY_CONTAINER, UNFILLED_IMAGE } from "#model/platform-names.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { ifFound } from "../../live-mesh.ts";
import { deploymentProblem, restarting } from "./deployment.ts";
import { servicePorts } from "./service-ports.ts";

/** Istio's control plane is whole. */
export const istiod: Check = {
    id: "install/istiod",
    title: "istiod is available, with every replica, and stays up",
    documentation: "https://istio.io/latest/docs/ops/deployment/architecture/#istiod",
    run: async (live) => {
        const { problem, seen } = await workload(live, ISTIOD);
        return problem ?? passed(seen);
    },
};

/** The mesh's entrance is whole, and its Service leads there. */
export const gateway: Check = {
    id: "install/gateway",
    title: "the ingress gateway is ready, its Service leads to it, and its image was filled in",
    documentation:
        "https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway",
    run: async (live) => {
        const [{ problem, pods, seen }, ports] = await Promise.all([
            workload(live, GATEWAY_NAME),
            servicePorts(live, GATEWAY_NAME),
        ]);
        if (problem !== undefined) {
            return problem;
        }
        const images = pods.flatMap(({ spec }) =>
            [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
                .filter(({ name }) => name === PROXY_CONTAINER)
                .map(({ image }) => image),
        );
        if (images.length === 0 || images.includes(UNFILLED_IMAGE)) {
            return failed(
                "pods with a proxy whose image the injector filled in",
                images.length === 0 ? `no ${PROXY_CONTAINER}` : `image ${UNFILLED_IMAGE}`,
                "Delete these pods once install/injector passes.",
            );
        }
        return ports.problem === undefined
            ? passed(`${seen}, ${ports.seen}`)
            : failed(
                  "a Service as the stack names it, with a ready pod behind each port",
                  ports.problem,
                  "Deploy the stack; compare the Service's selector and ports with the gateway's pods.",
              );
    },
};

interface Workload {
    readonly problem?: Outcome;
    readonly pods: readonly V1Pod[];
    readonly seen: string;
}

async function workload(live: LiveMesh, name: string): Promise<Workload> {
    const namespace = live.mesh.context.controlPlaneNamespace;
    const expected = `Deployment ${namespace}/${name} with every replica ready`;
    const api = live.kubeConfig.makeApiClient(AppsV1Api);
    const deployment = await ifFound(api.readNamespacedDeployment({ namespace, name }));
    if (deployment === undefined) {
        const problem = failed(expected, "there is none", "Deploy the stack.");
        return { problem, pods: [], seen: "" };
    }
    const { items } = await live.core.listNamespacedPod({
        namespace,
        labelSelector: selectorOf(deployment),
    });
    const pods = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    const found = [deploymentProblem(deployment), ...restarting(pods, Date.now())];
    const problems = found.filter((problem) => problem !== undefined);
    return {
        ...(problems.length > 0 && {
            problem: failed(
                expected,
                problems.join("; "),
                `Read the events and logs of the pods with ${selectorOf(deployment)} in ${namespace}.`,
            ),
        }),
        pods,
        seen: `${deployment.status?.readyReplicas ?? 0} of ${deployment.spec?.replicas ?? 1} ready`,
    };
}

function selectorOf({ spec }: V1Deployment): string {
    return Object.entries(spec?.selector.matchLabels ?? {})
        .map(([label, value]) => `${label}=${value}`)
        .join(",");
}
