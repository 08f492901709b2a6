import { fileURLToPath } from "node:url";
import { chartFolder } from "#local/charts.ts";
import type { DeployOptions } from "#local/deployer/deployment.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";

const POLICY_PACK = fileURLToPath(new URL("../policy", import.meta.url));
/** What the pack is told of the local stack: that it is no production. */
const POLICY_CONFIG = fileURLToPath(new URL("../policy/config/local.json", import.meta.url));

/** How the local stack is deployed, by every command that does: with the charts at hand, and judged by the policy pack. */
export async function localDeployment(
    kubeconfig: string,
): Promise<Omit<DeployOptions, "report" | "signal">> {
    return {
        stack: LOCAL_STACK,
        kubeconfig,
        config: { "mesh:charts": await chartFolder() },
        policyPacks: [{ folder: POLICY_PACK, config: POLICY_CONFIG }],
    };
}
