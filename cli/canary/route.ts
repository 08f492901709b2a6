import { KubeConfig } from "@kubernetes/client-node";
import { chartFolder } from "../../local/chart-folder.ts";
import type { PlannedChange } from "../../local/deployer/types.ts";
import type { Report } from "../../local/errors.ts";
import { EnvironmentError } from "../../local/errors.ts";
import { checkOwner, withClusterLock } from "../../local/node/owner.ts";
import { LOCAL_STACK } from "../stack-config.ts";
import { findAccess, ownPlaces } from "../verify/target.ts";

/** How a stack is deployed from here, and the cluster it is on. */
export interface DeploymentRoute {
    readonly kubeConfig: KubeConfig;
    /** What a deployment of the stack's file, as it is now, would touch. */
    preview(signal: AbortSignal): Promise<readonly PlannedChange[]>;
    /**
     * Deploys the stack's file as it is now.
     *
     * @returns how many resources it touched
     */
    deploy(report: Report, signal: AbortSignal): Promise<number>;
}

/**
 * The way a stack is deployed: the local one as `mesh up` does it, any other with the Pulumi CLI.
 *
 * @param context of the kubeconfig, for other stacks. Default: its current one
 * @throws EnvironmentError where the stack cannot be deployed from here
 */
export async function deploymentRoute(
    stack: string,
    checkout: string,
    report: Report,
    context?: string,
): Promise<DeploymentRoute> {
    return stack === LOCAL_STACK
        ? localRoute(checkout)
        : pulumiRoute(stack, await clusterOf(stack, context), report);
}

/**
 * The cluster of a stack.
 *
 * @throws EnvironmentError where there is none
 */
export async function clusterOf(stack: string, context?: string): Promise<KubeConfig> {
    const places = await ownPlaces();
    if (stack !== LOCAL_STACK) {
        return (await findAccess({ ...places, local: undefined }, context)).kubeConfig;
    }
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(localKubeconfig(places.local));
    return kubeConfig;
}

function localKubeconfig(file: string | undefined): string {
    if (file === undefined) {
        throw new EnvironmentError('There is no local cluster; "mesh up" makes one.');
    }
    return file;
}

async function localRoute(checkout: string): Promise<DeploymentRoute> {
    const kubeconfig = localKubeconfig((await ownPlaces()).local);
    await checkOwner(checkout);
    const config = { "mesh:charts": await chartFolder() };
    return {
        kubeConfig: await clusterOf(LOCAL_STACK),
        preview: async (signal) => {
            const [{ previewByPulumi }, { previewEmbedded }] = await Promise.all([
                import("../../local/deployer/index.ts"),
                import("./preview.ts"),
            ]);
            const report = (): void => undefined;
            const options = { stack: LOCAL_STACK, kubeconfig, config, report, signal };
            return (await previewByPulumi(options)) ?? previewEmbedded(options);
        },
        deploy: (report, signal) =>
            withClusterLock("canary", checkout, async () => {
                const { deploy } = await import("../../local/deployer/index.ts");
                const options = { stack: LOCAL_STACK, kubeconfig, config, report, signal };
                const { created, changed, deleted } = await deploy(options);
                return created + changed + deleted;
            }),
    };
}

async function pulumiRoute(
    stack: string,
    kubeConfig: KubeConfig,
    report: Report,
): Promise<DeploymentRoute> {
    const { openPulumiStack } = await import("./pulumi.ts");
    const opened = await openPulumiStack(stack, report);
    return {
        kubeConfig,
        preview: (signal) => opened.preview(signal),
        deploy: (report, signal) => opened.up(report, signal),
    };
}
