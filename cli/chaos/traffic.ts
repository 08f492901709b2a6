import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { exposedMethods, exposedPaths } from "#live/edge-requests.ts";
import { execIn } from "#live/kubernetes/exec.ts";
import { PROBE_CONTAINER } from "#live/probes/pod.ts";
import type { HttpProbe } from "#live/probes/probe.ts";
import type { ProbePod } from "#live/probes/session.ts";
import { reachableFrom } from "#live/reachable.ts";
import { maySend } from "#live/requests.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import type { Catalog, HttpMethod, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { isSafe, isWildcard } from "#model/requests.ts";

/** Enough to see a change within a second, and little for a service to bear. */
export const REQUESTS_PER_SECOND = 5;
/** Longest wait for one answer: beyond the timeouts that routes have. */
const REQUEST_SECONDS = 30;

/** A request that is, or makes the caller make, one to the service, and changes nothing. */
export interface MeasuredRequest {
    /** Who makes it: a client of the gateway, or a pod with the caller's identity. */
    readonly from: "outside" | "caller";
    /** The service that is asked: an exposed one, or the one that the experiment is about. */
    readonly entry: ServiceIntent;
    readonly method: HttpMethod;
    readonly path: string;
}

/** One answer, or that none came. */
export interface Answer {
    /** Unix milliseconds at which the request was made. */
    readonly at: number;
    readonly milliseconds: number;
    readonly status?: number;
    readonly error?: string;
}

/** Services call others for a request that changes something; and such a request is not tried again in secret. */
const PREFERRED: readonly HttpMethod[] = ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"];

/** How the caller's requests are seen from outside; `undefined` where no exposed service leads to them. */
export function measuredRequest(
    { caller, service }: Pick<ChaosIntent, "caller" | "service">,
    catalog: Catalog,
): MeasuredRequest | undefined {
    const entries = catalog.services.filter(
        (entry) =>
            entry.hostname !== undefined &&
            INGRESS_GATEWAY in entry.callers &&
            (caller === INGRESS_GATEWAY
                ? entry.name === service.name
                : entry.honoursProbeHeader && reachableFrom(entry, catalog).includes(caller)),
    );
    const requests = entries.flatMap((entry) =>
        exposedPaths(entry).flatMap((at) =>
            exposedMethods(entry, at)
                .filter((method) => maySend(method, entry))
                .map((method): MeasuredRequest => ({ from: "outside", entry, method, path: at })),
        ),
    );
    return PREFERRED.flatMap((wanted) => requests.filter(({ method }) => method === wanted)).find(
        ({ method }) => caller === INGRESS_GATEWAY || !isSafe(method),
    );
}

/** How a pod with the caller's identity asks a rehearsal; `undefined` where it may ask nothing that changes nothing. */
export function rehearsedRequest({
    caller,
    service,
}: Pick<ChaosIntent, "caller" | "service">): MeasuredRequest | undefined {
    const requests = (service.callers[caller] ?? []).flatMap(({ methods, paths }) =>
        paths
            .filter((path) => !isWildcard(path))
            .flatMap((path) =>
                methods
                    .filter((method) => maySend(method, service))
                    .map((method): MeasuredRequest => ({
                        from: "caller",
                        entry: service,
                        method,
                        path,
                    })),
            ),
    );
    return PREFERRED.flatMap((wanted) => requests.filter(({ method }) => method === wanted))[0];
}

/** A steady rate of one request from one pod. */
export interface TrafficOptions {
    readonly kubeConfig: KubeConfig;
    readonly pod: ProbePod;
    readonly target: Omit<HttpProbe, "id">;
    readonly seconds: number;
    readonly onAnswer: (answer: Answer) => void;
}

/** Makes the request at a fixed rate, and hands over the answers as they come. Ends when the last one came. */
export async function steadyTraffic(options: TrafficOptions): Promise<void> {
    const { kubeConfig, pod, target, seconds, onAnswer } = options;
    await execIn(kubeConfig, {
        namespace: pod.namespace,
        pod: pod.name,
        container: PROBE_CONTAINER,
        command: ["node", "-e", await readFile(join(import.meta.dirname, "steady.cjs"), "utf8")],
        input: JSON.stringify({
            target: { ...target, timeoutMilliseconds: REQUEST_SECONDS * 1000 },
            ratePerSecond: REQUESTS_PER_SECOND,
            seconds,
        }),
        timeoutSeconds: seconds + 2 * REQUEST_SECONDS,
        onLine: (line) => {
            onAnswer(JSON.parse(line) as Answer);
        },
    });
}
