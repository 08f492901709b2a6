import type { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { readIfPresent } from "#files.ts";
import { kubeConfigOf } from "#live/target.ts";
import { paths } from "#local/node/layout.ts";

/**
 * Checks that a kubeconfig leads to the local cluster: on any other one nobody may be made weaker, not even for
 * seconds.
 *
 * @throws EnvironmentError saying where it leads instead
 */
export async function assertLocal(
    kubeConfig: KubeConfig,
    file: string = paths.kubeconfig,
): Promise<void> {
    if ((await readIfPresent(file)) === undefined) {
        throw new EnvironmentError(
            'There is no local cluster to prove the checks on; "mesh up" makes one.',
        );
    }
    const local = await kubeConfigOf(file);
    const [wanted, given] = [local.getCurrentCluster(), kubeConfig.getCurrentCluster()];
    // The port alone could be anybody's; the authority is the local cluster's own.
    if (given?.server !== wanted?.server || given?.caData !== wanted?.caData) {
        throw new EnvironmentError(
            `--prove makes the mesh weaker for seconds at a time, so it is for the local cluster alone, and context ${kubeConfig.getCurrentContext()} leads to ${given?.server ?? "no cluster"}.`,
        );
    }
}
