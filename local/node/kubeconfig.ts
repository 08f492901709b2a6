import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeIfChanged } from "#files.ts";
import { addresses, nodePorts, paths } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** The components that talk to the API server from inside the node. */
const componentUsers = ["controller-manager", "scheduler", "kubelet", "kube-proxy"] as const;
export type ComponentUser = (typeof componentUsers)[number];

/** Path of a component's kubeconfig. */
export function componentKubeconfig(user: ComponentUser): string {
    return join(paths.kubeconfigs, `${user}.yaml`);
}

/**
 * Writes the kubeconfigs of the components and the user's.
 *
 * @param apiPort port of the API server on the machine's loopback address
 */
export async function writeKubeconfigs(apiPort: number): Promise<void> {
    const inside = `https://${addresses.node}:${nodePorts.api}`;
    await Promise.all([
        ...componentUsers.map(async (user) =>
            writeIfChanged(componentKubeconfig(user), await kubeconfigOf(user, inside)),
        ),
        writeIfChanged(
            paths.kubeconfig,
            await kubeconfigOf("admin", `https://127.0.0.1:${apiPort}`),
        ),
    ]);
}

/** A kubeconfig with one context, `a4co-mesh`, and everything embedded, so that the file can be copied. */
async function kubeconfigOf(user: string, server: string): Promise<string> {
    const base64 = (name: string, kind: "crt" | "key"): Promise<string> =>
        readFile(pkiPath(name, kind), "base64");
    const cluster = { server, "certificate-authority-data": await base64("ca", "crt") };
    const credentials = {
        "client-certificate-data": await base64(user, "crt"),
        "client-key-data": await base64(user, "key"),
    };
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "a4co-mesh", cluster }],
        users: [{ name: user, user: credentials }],
        contexts: [{ name: "a4co-mesh", context: { cluster: "a4co-mesh", user } }],
        "current-context": "a4co-mesh",
    });
}
