import { once } from "node:events";
import type { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { reasonOf } from "#live/kubernetes/errors.ts";
import type { ListeningForward, ServicePort } from "#live/kubernetes/port-forward.ts";
import { listenThroughPortForward, targetOf } from "#live/kubernetes/port-forward.ts";
import { assertAnswers, findAccess } from "#live/target.ts";
import { serviceOf } from "#stack/addon-addresses.ts";
import { ADDON_PORTS, addonEndpoints } from "#stack/addon-endpoints.ts";
import type { MeshConfig } from "#stack/config.ts";
import type { StackOptions } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { keyOf } from "../addon-key.ts";
import { untilStopped } from "../interrupt.ts";
import { table } from "../output.ts";
import { ownPlaces } from "../places.ts";
import type { Dashboard } from "./names.ts";
import { DASHBOARDS } from "./names.ts";

/** What the command line gives. */
export interface DashboardCommandOptions extends Pick<StackOptions, "stack"> {
    readonly context?: string;
    readonly port?: number;
}

/** What of a stack's configuration says where its addons are. */
type AddonConfig = Pick<MeshConfig, "addons" | "controlPlaneNamespace">;

/**
 * Runs `mesh dashboard` until it is stopped. Without a name, and for what is outside the cluster, it says where that is
 * and ends.
 *
 * @throws EnvironmentError for everything the user or the machine must mend
 */
export async function runDashboard(
    addon: Dashboard | undefined,
    options: DashboardCommandOptions,
): Promise<void> {
    if (addon === undefined && options.port !== undefined) {
        throw new EnvironmentError(
            `--port is the port of one addon; name it: ${DASHBOARDS.join(", ")}.`,
        );
    }
    const access = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, access.local);
    if (addon === undefined) {
        await assertAnswers(access);
        process.stdout.write(await addonList(access.kubeConfig, stack, mesh.config));
        return;
    }
    const address = addressOf(addon, mesh.config);
    if (address === undefined) {
        throw new EnvironmentError(
            `Stack "${stack}" has no ${addon} to look at; ${keyOf(addon, mesh.config, stack)}.`,
        );
    }
    const service = serviceAt(address);
    if (service === undefined) {
        process.stdout.write(`${addon} of stack ${stack}: ${address}\n`);
        return;
    }
    await assertAnswers(access);
    const forward = await forwardTo(access.kubeConfig, service, options.port ?? ADDON_PORTS[addon]);
    try {
        await untilStopped("Stopped.", async (signal) => {
            const { pathname } = new URL(address);
            process.stdout.write(
                `${addon} of stack ${stack}: http://127.0.0.1:${forward.port}${pathname} (Ctrl-C ends it)\n`,
            );
            await once(signal, "abort");
        });
    } finally {
        forward.close();
    }
}

/** A line for each addon: whether it runs, and where; or how it is switched on. */
export async function addonList(
    kubeConfig: KubeConfig,
    stack: string,
    config: AddonConfig,
): Promise<string> {
    const rows = await Promise.all(
        DASHBOARDS.map(async (addon) => {
            const address = addressOf(addon, config);
            return address === undefined
                ? [
                      addon,
                      config.addons[addon] === false ? "off" : "unknown",
                      keyOf(addon, config, stack),
                  ]
                : [addon, await stateOf(kubeConfig, address), address];
        }),
    );
    return `${table([["ADDON", "STATE", "ADDRESS"], ...rows])}\n\n"mesh dashboard <addon>" leads a port of this machine to one that runs.\n`;
}

/** Where an addon is; `undefined` for one that the stack does not have. */
function addressOf(addon: Dashboard, config: AddonConfig): string | undefined {
    const { grafana, jaegerHttp, kiali, prometheus } = addonEndpoints(config);
    return { grafana, jaeger: jaegerHttp, kiali, prometheus }[addon];
}

/** The Service of an address; `undefined` for one that a port-forward does not lead to. */
function serviceAt(address: string): ServicePort | undefined {
    const service = serviceOf(address);
    const { protocol, port } = new URL(address);
    return service === undefined || protocol === "https:"
        ? undefined
        : { ...service, port: Number(port || 80) };
}

async function forwardTo(
    kubeConfig: KubeConfig,
    service: ServicePort,
    port: number,
): Promise<ListeningForward> {
    try {
        return await listenThroughPortForward(kubeConfig, service, port);
    } catch (error) {
        const { syscall } = error as NodeJS.ErrnoException;
        throw new EnvironmentError(
            syscall === "listen"
                ? `127.0.0.1:${port} cannot be listened on: ${reasonOf(error)}; --port names another.`
                : `${service.service} in ${service.namespace} cannot be reached: ${reasonOf(error)}.`,
        );
    }
}

async function stateOf(kubeConfig: KubeConfig, address: string): Promise<string> {
    const service = serviceAt(address);
    if (service === undefined) {
        return "elsewhere";
    }
    try {
        await targetOf(kubeConfig, service);
        return "runs";
    } catch (error) {
        return `does not run: ${reasonOf(error)}`;
    }
}
