import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import type { Places } from "#live/target.ts";

/** Source: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** The places of this machine. */
export async function ownPlaces(): Promise<Places> {
    const { kubeconfigPath } = await import("#local/cluster.ts");
    return {
        variable: process.env["KUBECONFIG"],
        home: join(homedir(), ".kube/config"),
        local: await kubeconfigPath(),
        inPod: process.env["KUBERNETES_SERVICE_HOST"] !== undefined && existsSync(POD_TOKEN),
    };
}

/** @throws EnvironmentError where there is no local cluster */
export async function localKubeconfig(): Promise<string> {
    const { local } = await ownPlaces();
    if (local === undefined) {
        throw new EnvironmentError('There is no local cluster; "mesh up" makes one.');
    }
    return local;
}
