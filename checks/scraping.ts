import { z } from "zod";
import { Prometheus, samplesIn } from "#live/prometheus.ts";
import type { LiveMesh } from "./live-mesh.ts";

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

const asked = new WeakMap<LiveMesh, Promise<Scraped>>();

/** Asks the stack's Prometheus once for all proxies. */
export function scraped(live: LiveMesh, series: string): Promise<Scraped> {
    const known = asked.get(live);
    if (known !== undefined) {
        return known;
    }
    const prometheus = new Prometheus(live.kubeConfig, live.mesh.context);
    const answer = Promise.all([
        prometheus.get("/api/v1/targets?state=active"),
        prometheus.query(`count by (namespace, pod) ({__name__=~"${series}"})`),
    ]).then(([targets, vector]) => readScraped(targets, vector));
    asked.set(live, answer);
    return answer;
}
