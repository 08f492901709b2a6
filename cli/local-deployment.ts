import { fileURLToPath } from "node:url";
import { kubeConfigOf } from "#live/target.ts";
import { chartFolder } from "#local/charts.ts";
import type { DeployOptions } from "#local/deployer/deployment.ts";
import { LOCAL_STACK, stackConfig } from "#stack/read-stack.ts";

const POLICY_PACK = fileURLToPath(new URL("../policy", import.meta.url));
/** What the pack is told of the local stack: that it is no production. */
const POLICY_CONFIG = fileURLToPath(new URL("../policy/config/local.json", import.meta.url));

/**
 * How the local stack is deployed, by every command that does: with the charts at hand, judged by the policy
 * pack, and on a cluster that holds no other stack.
 */
export async function localDeployment(
    kubeconfig: string,
): Promise<Omit<DeployOptions, "report" | "signal">> {
    return {
        stack: LOCAL_STACK,
        kubeconfig,
        config: { "mesh:charts": await chartFolder() },
        assertTarget: async () => {
            const [config, kubeConfig, { holdsNoOther }] = await Promise.all([
                stackConfig(LOCAL_STACK),
                kubeConfigOf(kubeconfig),
                import("#live/stack-record.ts"),
            ]);
            await holdsNoOther(kubeConfig, { stack: LOCAL_STACK, config })();
        },
        policyPacks: [{ folder: POLICY_PACK, config: POLICY_CONFIG }],
    };
}
