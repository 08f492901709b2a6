import { createInterface } from "node:readline";
import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { AccessLogLine } from "#model/access-log.ts";
import type { MeshContext } from "#model/mesh.ts";
import { PROXY_CONTAINER } from "#model/platform-names.ts";
import { streamOfApiServer } from "#network/cluster-config.ts";
import { askUntil } from "#wait.ts";
import type { PodName } from "./pods.ts";
import { runningPods } from "./pods.ts";

/** Envoy writes its log every second; a busy machine is given twice that and more. */
const PATIENCE_MILLISECONDS = 4000;
const INTERVAL_MILLISECONDS = 300;
/** Probes are younger than this; the API takes whole seconds. */
const SINCE_SECONDS = 60;

/** The access logs of the workloads' proxies, read together by all who wait for a line. */
export class AccessLogs {
    readonly #core: CoreV1Api;
    readonly #context: MeshContext;
    readonly #reading = new Map<string, Promise<readonly AccessLogLine[]>>();

    constructor(core: CoreV1Api, context: MeshContext) {
        this.#core = core;
        this.#context = context;
    }

    async find(
        workload: string,
        matches: (line: AccessLogLine) => boolean,
    ): Promise<AccessLogLine | undefined> {
        return askUntil(
            async () => (await this.#read(workload)).find(matches),
            (line) => line !== undefined,
            { milliseconds: PATIENCE_MILLISECONDS, pause: INTERVAL_MILLISECONDS },
        );
    }

    #read(workload: string): Promise<readonly AccessLogLine[]> {
        const running = this.#reading.get(workload);
        if (running !== undefined) {
            return running;
        }
        const started = this.#readNow(workload).finally(() => this.#reading.delete(workload));
        this.#reading.set(workload, started);
        return started;
    }

    async #readNow(workload: string): Promise<readonly AccessLogLine[]> {
        const pods = await runningPods(this.#core, workload, this.#context);
        const logs = await Promise.all(pods.map((pod) => proxyLog(this.#core, pod, SINCE_SECONDS)));
        return logs.flat();
    }
}

/** What the proxy of a pod logged lately. */
export async function proxyLog(
    core: CoreV1Api,
    { namespace, name }: PodName,
    sinceSeconds: number,
): Promise<readonly AccessLogLine[]> {
    const container = PROXY_CONTAINER;
    return accessLogLines(
        await core.readNamespacedPodLog({ namespace, name, container, sinceSeconds }),
    );
}

/** A proxy's log as it grows, until it is closed. */
export interface FollowedLog {
    /** Why no more lines come; `undefined` while they do. */
    readonly ended: string | undefined;
    close(): void;
}

/**
 * Reads what the proxy of a pod logs from now on. The kubelet begins a new file after 10 MB, and whoever asks for the log
 * later gets that one alone; here each line comes when it is written.
 */
export async function followProxyLog(
    kubeConfig: KubeConfig,
    { namespace, name }: PodName,
    onLine: (line: AccessLogLine) => void,
): Promise<FollowedLog> {
    const query = `container=${PROXY_CONTAINER}&follow=true&tailLines=0`;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`;
    let ended: string | undefined;
    const onEnd = (reason: string): void => {
        ended ??= reason;
    };
    // Nothing is answered before there is a line.
    const asked = await streamOfApiServer(
        kubeConfig,
        path,
        (response) => {
            createInterface({ input: response })
                .on("line", (text) => {
                    accessLogLines(text).forEach(onLine);
                })
                .on("error", ({ message }: Error) => {
                    onEnd(message);
                });
        },
        onEnd,
    );
    return {
        get ended() {
            return ended;
        },
        close: () => asked.destroy(),
    };
}

/** Whether the proxy wrote the line as a server; as a client it writes another one about the same request. */
export function isInbound({ upstream_cluster: cluster }: AccessLogLine): boolean {
    return typeof cluster !== "string" || !cluster.startsWith("outbound|");
}

/** The lines of an access log; the proxy's own messages stand between them. */
export function accessLogLines(log: string): readonly AccessLogLine[] {
    return log.split("\n").flatMap((line) => {
        try {
            return line.startsWith("{") ? [JSON.parse(line) as AccessLogLine] : [];
        } catch {
            // Cut off where the log was rotated.
            return [];
        }
    });
}
