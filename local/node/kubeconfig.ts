import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeIfChanged } from "#files.ts";
import { addresses, nodePorts, paths } from "./layout.ts";
import { pkiPath } from "./pki.ts";

/** What a kubeconfig says; the certificates are PEM text. */
interface KubeconfigInput {
    readonly server: string;
    readonly user: string;
    readonly authority: string;
    readonly certificate: string;
    readonly key: string;
}

/** A kubeconfig with one context, `a4co-mesh`, and everything embedded, so that the file can be copied. */
function renderKubeconfig(input: KubeconfigInput): string {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "a4co-mesh",
                cluster: {
                    server: input.server,
                    "certificate-authority-data": base64(input.authority),
                },
            },
        ],
        users: [
            {
                name: input.user,
                user: {
                    "client-certificate-data": base64(input.certificate),
                    "client-key-data": base64(input.key),
                },
            },
        ],
        contexts: [{ name: "a4co-mesh", context: { cluster: "a4co-mesh", user: input.user } }],
        "current-context": "a4co-mesh",
    });
}

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

async function kubeconfigOf(user: string, server: string): Promise<string> {
    const read = (name: string, kind: "crt" | "key"): Promise<string> =>
        readFile(pkiPath(name, kind), "utf8");
    return renderKubeconfig({
        server,
        user,
        authority: await read("ca", "crt"),
        certificate: await read(user, "crt"),
        key: await read(user, "key"),
    });
}
