import { z } from "zod";
import { Prometheus, samplesIn } from "#live/prometheus.ts";
import type { MeshConfig } from "#stack/config.ts";
import { oncePerRun } from "./live-mesh.ts";

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

/** A pod, as Prometheus labels its series. */
export interface PodName {
    readonly namespace: string;
    readonly pod: string;
}

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
            pod,
        })),
    };
}

/**
 * What is wrong with how pods are scraped.
 *
 * @returns one phrase, or `undefined` where each is a target that is up and has series
 */
export function scrapeProblem(
    { targets, pods }: Scraped,
    wanted: readonly PodName[],
    series: string,
): string | undefined {
    for (const { namespace, pod } of wanted) {
        const own = targets.filter(
            ({ labels }) => labels["namespace"] === namespace && labels["pod"] === pod,
        );
        if (own.length === 0) {
            return `${pod} is no target`;
        }
        const down = own.find(({ health }) => health !== "up");
        if (down !== undefined) {
            return `target ${pod} is ${down.health}${down.lastError === "" ? "" : `: ${down.lastError}`}`;
        }
        if (!pods.some((each) => each.namespace === namespace && each.pod === pod)) {
            return `${pod} has no series ${series}`;
        }
    }
    return undefined;
}

/** Of upstream's Envoy there are its own statistics alone; Istio's proxy counts requests and, of TCP, connections. */
const STOCK_SERIES = "envoy_.+";
const ISTIO_SERIES = "istio_requests_total|istio_tcp_connections_opened_total";

/** Series of which every proxy must have one, as a regular expression. */
export function proxySeries({ stockEnvoy }: Pick<MeshConfig, "stockEnvoy">): string {
    return stockEnvoy ? STOCK_SERIES : ISTIO_SERIES;
}

/** Asks the stack's Prometheus once for all proxies. */
export const scraped = oncePerRun(async ({ kubeConfig, mesh }): Promise<Scraped> => {
    const prometheus = new Prometheus(kubeConfig, mesh.context);
    const [targets, vector] = await Promise.all([
        prometheus.get("/api/v1/targets?state=active"),
        prometheus.query(`count by (namespace, pod) ({__name__=~"${proxySeries(mesh.config)}"})`),
    ]);
    return readScraped(targets, vector);
});
