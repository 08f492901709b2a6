import * as http from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { KubeConfig, V1Pod } from "@kubernetes/client-node";
import { CoreV1Api, PortForward } from "@kubernetes/client-node";

const TIMEOUT_MILLISECONDS = 5000;

/** One GET to a Service of the cluster. */
export interface ServiceRequest {
    readonly namespace: string;
    readonly service: string;
    /** The Service's, or one that its pods listen on besides. */
    readonly port: number;
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
    { namespace, service, port, path }: ServiceRequest,
): Promise<ServiceResponse> {
    const target = await targetOf(kubeConfig.makeApiClient(CoreV1Api), {
        namespace,
        service,
        port,
    });
    const [sent, received] = [new PassThrough(), new PassThrough()];
    const forward: unknown = await new PortForward(kubeConfig).portForward(
        namespace,
        target.pod,
        [target.port],
        received,
        null,
        sent,
    );
    try {
        return await get(Duplex.from({ readable: received, writable: sent }), path, service);
    } finally {
        if (isClosable(forward)) {
            forward.close();
        }
    }
}

/** The library's own type for a WebSocket needs declarations that it does not bring. */
function isClosable(value: unknown): value is { close(): void } {
    return typeof value === "object" && value !== null && "close" in value;
}

function get(connection: Duplex, path: string, host: string): Promise<ServiceResponse> {
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const asked = { path, headers: { host }, createConnection: () => connection, signal };
    return new Promise((resolve, reject) => {
        const fail = (error: Error): void => {
            const late = new Error(`${host}: no answer in ${TIMEOUT_MILLISECONDS} ms`);
            reject(signal.aborted ? late : error);
        };
        const request = http.get(asked, (response) => {
            text(response).then((body) => {
                resolve({ status: response.statusCode ?? 0, body });
            }, fail);
        });
        request.on("error", fail);
    });
}

/** A pod behind a Service, and its own port behind the Service's. */
async function targetOf(
    core: CoreV1Api,
    { namespace, service, port }: Omit<ServiceRequest, "path">,
): Promise<{ readonly pod: string; readonly port: number }> {
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
