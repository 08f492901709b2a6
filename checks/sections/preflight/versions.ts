import { VersionApi } from "@kubernetes/client-node";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { istiods } from "../config/istiod.ts";
import { judgeIstio, judgeKubernetes } from "./support.ts";

/** The API server answers to these credentials. */
export const apiServer: Check = {
    id: "preflight/api-server",
    title: "the API server answers",
    documentation: "https://kubernetes.io/docs/reference/using-api/health-checks/",
    run: async ({ kubeConfig }) => {
        const server = kubeConfig.getCurrentCluster()?.server ?? "no cluster";
        try {
            const { gitVersion } = await kubeConfig.makeApiClient(VersionApi).getCode();
            return passed(`${server} runs Kubernetes ${gitVersion}`);
        } catch (error) {
            return failed(
                `an answer from ${server}`,
                error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : "none",
                "Check the kubeconfig's current context, its credentials and the way to the cluster.",
            );
        }
    },
};

/** The cluster's line of Kubernetes gets fixes, and the declared Istio is supported on it. */
export const kubernetesVersion: Check = {
    id: "preflight/kubernetes-version",
    title: "Kubernetes is of a supported version",
    documentation:
        "https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases",
    run: async ({ kubeConfig, mesh: { config } }) => {
        const { gitVersion } = await kubeConfig.makeApiClient(VersionApi).getCode();
        return judgeKubernetes({
            version: gitVersion,
            istioVersion: config.istioVersion,
            environment: config.environment,
            today: new Date().toISOString().slice(0, 10),
        });
    },
};

/** Every istiod is what the stack names. */
export const istioVersion: Check = {
    id: "preflight/istio-version",
    title: "every istiod runs the declared, supported version",
    documentation: "https://istio.io/latest/docs/releases/supported-releases/",
    run: async (live) =>
        judgeIstio(
            (await istiods(live)).map(({ version }) => version),
            live.mesh.config.istioVersion,
        ),
};
