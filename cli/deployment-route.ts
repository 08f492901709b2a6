import type { KubeConfig } from "@kubernetes/client-node";
import type { Report } from "#errors.ts";
import { EnvironmentError, silent } from "#errors.ts";
import type { Access } from "#live/target.ts";
import { findAccess } from "#live/target.ts";
import type { PlannedChange } from "#local/deployer/deployment.ts";
import { checkOwner, withClusterLock } from "#local/node/owner.ts";
import { defaultProgram, readProject, readStackConfig } from "#stack/project.ts";
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
    const { kubeConfig } = await clusterOf(stack, context);
    return stack === LOCAL_STACK
        ? localRoute(checkout, kubeConfig)
        : ownRoute(stack, kubeConfig, report, overwrite);
}

/**
 * The cluster of a stack: the one that the engine deploys it to.
 *
 * @throws EnvironmentError where there is none
 */
export async function clusterOf(stack: string, context?: string): Promise<Access> {
    assertContext(stack, context);
    return stack === LOCAL_STACK
        ? findAccess({ ...(await ownPlaces()), variable: await localKubeconfig() })
        : ownAccess(stack, context);
}

/** Where Pulumi's provider for Kubernetes goes. Source: https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ */
async function ownAccess(stack: string, context: string | undefined): Promise<Access> {
    const project = await readProject(defaultProgram());
    const { "kubernetes:kubeconfig": file, "kubernetes:context": own } = await readStackConfig(
        project,
        stack,
    );
    const wanted = typeof own === "string" ? own : undefined;
    const access =
        file === undefined
            ? await findAccess({ ...(await ownPlaces()), local: undefined }, wanted)
            : await accessBy(stack, file, wanted);
    if (context !== undefined && context !== access.context) {
        throw new EnvironmentError(
            `Stack ${stack} is deployed to context "${access.context}", not to "${context}"; kubernetes:context in Pulumi.${stack}.yaml says which.`,
        );
    }
    return access;
}

async function accessBy(
    stack: string,
    kubeconfig: unknown,
    context: string | undefined,
): Promise<Access> {
    if (typeof kubeconfig !== "string") {
        throw new EnvironmentError(
            `kubernetes:kubeconfig of stack ${stack} is encrypted, so that nobody sees which cluster it is; set kubernetes:context instead.`,
        );
    }
    const { kubeConfigOf } = await import("#components/platform/admission-client.ts");
    const kubeConfig = kubeConfigOf({
        kubeconfig,
        ...(context !== undefined && { kubeContext: context }),
    });
    return {
        kubeConfig,
        context: kubeConfig.getCurrentContext(),
        server: kubeConfig.getCurrentCluster()?.server ?? "",
        local: false,
        fallback: false,
    };
}

/** @throws EnvironmentError for a context that would be passed over */
function assertContext(stack: string, context: string | undefined): void {
    if (stack === LOCAL_STACK && context !== undefined) {
        throw new EnvironmentError(
            `--context is for other stacks; stack ${LOCAL_STACK} is on the local cluster.`,
        );
    }
}

async function localRoute(checkout: string, kubeConfig: KubeConfig): Promise<DeploymentRoute> {
    const kubeconfig = await localKubeconfig();
    await checkOwner(checkout);
    const [{ deploy, previewLocal }, options] = await Promise.all([
        import("#local/deployer/index.ts"),
        localDeployment(kubeconfig),
    ]);
    return {
        kubeConfig,
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
