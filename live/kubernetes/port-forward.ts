import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { Duplex, PassThrough, Writable } from "node:stream";
import type { KubeConfig, V1Pod } from "@kubernetes/client-node";
import { CoreV1Api, PortForward } from "@kubernetes/client-node";
import { exchange } from "#network/exchange.ts";
import { opened } from "./connection.ts";
import { reasonOf } from "./errors.ts";

const TIMEOUT_MILLISECONDS = 5000;

/** A Service of the cluster. */
export interface ServicePort {
    readonly namespace: string;
    readonly service: string;
    /** The Service's, or one that its pods listen on besides. */
    readonly port: number;
}

/** One GET to a Service of the cluster. */
export interface ServiceRequest extends ServicePort {
    readonly path: string;
}

export interface ServiceResponse {
    readonly status: number;
    readonly body: string;
}

/**
 * Asks a Service over a port-forward to one of its pods, which no NetworkPolicy stands in the way of.
 *
 * @throws Error where no pod of it runs, the API server refuses the port-forward, or no answer comes
 */
export async function getThroughPortForward(
    kubeConfig: KubeConfig,
    { path, ...service }: ServiceRequest,
): Promise<ServiceResponse> {
    const target = await targetOf(kubeConfig, service);
    const [sent, received] = [new PassThrough(), new PassThrough()];
    const forward = await opened(
        kubeConfig,
        new PortForward(kubeConfig).portForward(
            service.namespace,
            target.pod,
            [target.port],
            received,
            null,
            sent,
        ),
    );
    try {
        const connection = Duplex.from({ readable: received, writable: sent });
        const { status, text } = await exchange(new URL(`http://${service.service}${path}`), {
            createConnection: () => connection,
            limits: { milliseconds: TIMEOUT_MILLISECONDS },
        }).catch((error: unknown) => {
            // The Service's silence, not the API server's.
            throw new Error(`${service.service}: ${reasonOf(error)}`);
        });
        return { status, body: text };
    } finally {
        forward.terminate();
    }
}

/** A port of this machine that leads to a Service. */
export interface ListeningForward {
    readonly port: number;
    close(): void;
}

/**
 * Leads a port on loopback to a Service: each connection to a pod that runs then.
 *
 * @param localPort 0 for any that is free
 * @throws Error where no pod of it runs, or the port cannot be had
 */
export async function listenThroughPortForward(
    kubeConfig: KubeConfig,
    service: ServicePort,
    localPort: number,
): Promise<ListeningForward> {
    await targetOf(kubeConfig, service);
    const open = new Set<Socket>();
    const server = createServer((socket) => {
        open.add(socket.on("close", () => open.delete(socket)));
        // Whoever asked goes away, or sees the connection end; the next one may find a pod again.
        socket.on("error", () => socket.destroy());
        connectTo(kubeConfig, service, socket).catch(() => socket.destroy());
    });
    server.listen(localPort, "127.0.0.1");
    await once(server, "listening");
    return {
        port: (server.address() as AddressInfo).port,
        close: () => {
            server.close();
            open.forEach((socket) => socket.destroy());
        },
    };
}

async function connectTo(
    kubeConfig: KubeConfig,
    service: ServicePort,
    socket: Socket,
): Promise<void> {
    const { pod, port } = await targetOf(kubeConfig, service);
    // What goes wrong in the pod is told there, and leaves the connection open.
    const errors = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
            if (chunk.length > 0) {
                socket.destroy();
            }
            done();
        },
    });
    const forward = await opened(
        kubeConfig,
        new PortForward(kubeConfig).portForward(
            service.namespace,
            pod,
            [port],
            socket,
            errors,
            socket,
        ),
    );
    const end = (): void => {
        forward.terminate();
    };
    forward.addEventListener("close", () => socket.end());
    socket.on("close", end);
    if (socket.destroyed) {
        end();
    }
}

/**
 * A pod behind a Service, and its own port behind the Service's.
 *
 * @throws Error where none runs
 */
export async function targetOf(
    kubeConfig: KubeConfig,
    { namespace, service, port }: ServicePort,
): Promise<{ readonly pod: string; readonly port: number }> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const { spec } = await core.readNamespacedService({ namespace, name: service });
    const { items } = await core.listNamespacedPod({
        namespace,
        labelSelector: Object.entries(spec?.selector ?? {})
            .map(([label, value]) => `${label}=${value}`)
            .join(","),
        fieldSelector: "status.phase=Running",
    });
    const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
    if (pod?.metadata?.name === undefined) {
        throw new Error(`no pod of Service ${namespace}/${service} runs`);
    }
    const { targetPort } = spec?.ports?.find((each) => each.port === port) ?? {};
    return { pod: pod.metadata.name, port: portOf(pod, targetPort) ?? port };
}

/** What a Service's target port is in a pod; there a port has a name at most. */
function portOf({ spec }: V1Pod, target: number | string | undefined): number | undefined {
    if (typeof target !== "string") {
        return target;
    }
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)
        ?.containerPort;
}
