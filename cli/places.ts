import { homedir } from "node:os";
import { join } from "node:path";
import type { Places } from "#live/target.ts";

/** The places of this machine. */
export async function ownPlaces(): Promise<Places> {
    const { kubeconfigPath } = await import("#local/cluster.ts");
    return {
        variable: process.env["KUBECONFIG"],
        home: join(homedir(), ".kube/config"),
        local: await kubeconfigPath(),
    };
}
