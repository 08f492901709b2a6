import type { KubeConfig } from "@kubernetes/client-node";
import type { Report } from "#errors.ts";
import { silent } from "#errors.ts";
import { findAccess, kubeConfigOf } from "#live/target.ts";
import type { PlannedChange } from "#local/deployer/deployment.ts";
import { checkOwner, withClusterLock } from "#local/node/owner.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import { localDeployment } from "./local-deployment.ts";
import { localKubeconfig, ownPlaces } from "./places.ts";

/** How a stack is deployed from here, and the cluster it is on. */
export interface DeploymentRoute {
    readonly kubeConfig: KubeConfig;
    /** What a deployment of the stack's file, as it is now, would touch. */
    preview(signal: AbortSignal, report?: Report): Promise<readonly PlannedChange[]>;
    /**
     * Deploys the stack's file as it is now.
     *
     * @returns how many resources it touched
     */
    deploy(report: Report, signal: AbortSignal): Promise<number>;
}

/** What is not the same for each deployment of a stack other than the local one. */
export interface RouteOptions {
    /** Context of the kubeconfig. Default: its current one. */
    readonly context?: string | undefined;
    /** Whether what others changed in the cluster is written over, as it always is on the local one. Default false. */
    readonly overwrite?: boolean;
}

/**
 * The way a stack is deployed: the local one as `mesh up` does it, any other in the user's own backend.
 *
 * @throws EnvironmentError where the stack cannot be deployed from here
 */
export async function deploymentRoute(
    stack: string,
    checkout: string,
    report: Report,
    { context, overwrite = false }: RouteOptions = {},
): Promise<DeploymentRoute> {
    return stack === LOCAL_STACK
        ? localRoute(checkout)
        : ownRoute(stack, await clusterOf(stack, context), report, overwrite);
}

/**
 * The cluster of a stack.
 *
 * @throws EnvironmentError where there is none
 */
export async function clusterOf(stack: string, context?: string): Promise<KubeConfig> {
    return stack === LOCAL_STACK
        ? kubeConfigOf(await localKubeconfig())
        : (await findAccess({ ...(await ownPlaces()), local: undefined }, context)).kubeConfig;
}

async function localRoute(checkout: string): Promise<DeploymentRoute> {
    const kubeconfig = await localKubeconfig();
    await checkOwner(checkout);
    const [{ deploy, previewLocal }, options] = await Promise.all([
        import("#local/deployer/index.ts"),
        localDeployment(kubeconfig),
    ]);
    return {
        kubeConfig: await kubeConfigOf(kubeconfig),
        preview: (signal, report = silent) => previewLocal({ ...options, report, signal }),
        deploy: (report, signal) =>
            withClusterLock("canary", checkout, async () => {
                const done = await deploy({ ...options, report, signal });
                return done.created + done.changed + done.replaced + done.deleted;
            }),
    };
}

/** A stack of the user's own, in the backend and with the account that they have. */
async function ownRoute(
    stack: string,
    kubeConfig: KubeConfig,
    report: Report,
    overwrite: boolean,
): Promise<DeploymentRoute> {
    const [{ openOwnStack }, { bringUp, preview }] = await Promise.all([
        import("#local/deployer/workspace.ts"),
        import("#local/deployer/index.ts"),
    ]);
    const opened = await openOwnStack({ stack, report }, overwrite);
    return {
        kubeConfig,
        preview: async (signal, report = silent) =>
            (await preview(opened, { stack, report, signal }, false)).planned,
        deploy: async (report, signal) => {
            const { outcomes } = await bringUp(opened, { stack, report, signal }, false);
            return outcomes.filter(({ action }) => action !== "unchanged").length;
        },
    };
}
