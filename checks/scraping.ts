import { z } from "zod";
import { Prometheus, samplesIn } from "#live/prometheus.ts";
import type { PodName } from "#live/pods.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import { oncePerMoment } from "./live-mesh.ts";

const targetsSchema = z.object({
    data: z.object({
        activeTargets: z.array(
            z.object({
                labels: z.record(z.string(), z.string()),
                health: z.string(),
                lastError: z.string().default(""),
            }),
        ),
    }),
});

/** What Prometheus knows of the proxies. */
export interface Scraped {
    readonly targets: z.infer<typeof targetsSchema>["data"]["activeTargets"];
    /** Pods that have a series of the wanted name. */
    readonly pods: readonly PodName[];
}

/**
 * Reads two answers of Prometheus' HTTP API: `/api/v1/targets`, and `/api/v1/query` for a count by pod.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/
 *
 * @throws Error where an answer is not one of Prometheus'
 */
export function readScraped(targets: string, vector: string): Scraped {
    return {
        targets: targetsSchema.parse(JSON.parse(targets)).data.activeTargets,
        pods: samplesIn(vector).map(({ metric: { namespace = "", pod = "" } }) => ({
            namespace,
            name: pod,
        })),
    };
}

/** Of what each proxy counts, requests and, of TCP, connections. */
export const PROXY_SERIES = "istio_requests_total|istio_tcp_connections_opened_total";

/**
 * What is wrong with how the pods of a workload are scraped.
 *
 * @returns one phrase, or `undefined` where each is a target that is up, and one that was asked has series
 */
export function scrapeProblem(
    { targets, pods }: Scraped,
    wanted: readonly PodName[],
): string | undefined {
    for (const { namespace, name } of wanted) {
        const own = targets.filter(
            ({ labels }) => labels["namespace"] === namespace && labels["pod"] === name,
        );
        if (own.length === 0) {
            return `${name} is no target`;
        }
        const down = own.find(({ health }) => health !== "up");
        if (down !== undefined) {
            return `target ${name} is ${down.health}${down.lastError === "" ? "" : `: ${down.lastError}`}`;
        }
    }
    const counted = wanted.some(({ namespace, name }) =>
        pods.some((pod) => pod.namespace === namespace && pod.name === name),
    );
    return counted
        ? undefined
        : wanted.length === 0
          ? "no pod runs"
          : `no series ${PROXY_SERIES} of ${wanted.map(({ name }) => name).join(", ")}`;
}

/** How long an answer serves whoever asks again, in milliseconds. */
const FRESH = 900;

/**
 * Asks the stack's Prometheus once for all proxies.
 *
 * @throws Error where there is none
 */
export const scraped = oncePerMoment(FRESH, async ({ kubeConfig, mesh }): Promise<Scraped> => {
    const { prometheus: address } = addonEndpoints(mesh.config);
    if (address === undefined) {
        throw new Error("the stack has no Prometheus");
    }
    const prometheus = new Prometheus(kubeConfig, address);
    const [targets, vector] = await Promise.all([
        prometheus.get("/api/v1/targets?state=active"),
        prometheus.query(`count by (namespace, pod) ({__name__=~"${PROXY_SERIES}"})`),
    ]);
    return readScraped(targets, vector);
});
