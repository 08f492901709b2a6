import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import { z } from "zod";
import type { PodName } from "#live/pods.ts";
import { runningPods } from "#live/pods.ts";
import { askProxy } from "#live/proxies/admin.ts";
import type { ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import type { CounterSource, Reading, VersionCounters } from "./reading.ts";

/** Counters of one cluster of a proxy that are needed. */
const COUNTERS = ["upstream_rq_completed", "upstream_rq_5xx", "upstream_rq_retry"] as const;
const LATENCY = "upstream_rq_time";

const statsSchema = z.object({
    stats: z.array(
        z.union([
            z.object({ name: z.string(), value: z.number() }),
            z.object({
                histograms: z.array(
                    z.object({
                        name: z.string(),
                        buckets: z.array(
                            z.object({ upper_bound: z.number(), cumulative: z.number() }),
                        ),
                    }),
                ),
            }),
        ]),
    ),
});

/** What a proxy keeps for each version: one cluster a subset. */
function pattern(service: ServiceIntent, context: MeshContext): string {
    const host = clusterHost(service.name, context).replaceAll(".", "\\.");
    const names = [...COUNTERS, LATENCY].join("|");
    return `^cluster\\.outbound\\|${service.port}\\|[^|]+\\|${host};?\\.(${names})$`;
}

/**
 * Reads the answer of Envoy's `/stats?format=json&histogram_buckets=cumulative`.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--stats
 *
 * A request that is tried again stands in the counters only with its last try, so each retry adds one failed request.
 * An answer that never came is counted as 5xx by the proxy that stopped waiting for it.
 */
export function countersIn(text: string): readonly VersionCounters[] {
    const { stats } = statsSchema.parse(JSON.parse(text));
    const values = new Map<string, Map<string, number>>();
    const latencies = new Map<string, ReadonlyMap<number, number>>();
    for (const stat of stats) {
        if ("value" in stat) {
            const [version, name] = split(stat.name);
            const known = values.get(version) ?? new Map<string, number>();
            values.set(version, known.set(name, stat.value));
        } else {
            for (const { name, buckets } of stat.histograms) {
                const counts = buckets.map((each) => [each.upper_bound, each.cumulative] as const);
                latencies.set(split(name)[0], new Map(counts));
            }
        }
    }
    return [...values].map(([version, counted]) => {
        const [completed, failed, retried] = COUNTERS.map((name) => counted.get(name) ?? 0);
        return {
            version,
            requests: (completed ?? 0) + (retried ?? 0),
            errors: (failed ?? 0) + (retried ?? 0),
            latency: latencies.get(version) ?? new Map<number, number>(),
        };
    });
}

/** The version and the counter of `cluster.outbound|3005|canary|inventory-service.a4co.svc.cluster.local;.upstream_rq_5xx`. */
function split(name: string): [version: string, counter: string] {
    return [name.split("|")[2] ?? "", name.slice(name.lastIndexOf(".") + 1)];
}

/** Counters of everybody who may call the service, from the proxies themselves. */
export function proxyCounters(
    kubeConfig: KubeConfig,
    service: ServiceIntent,
    context: MeshContext,
): CounterSource {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const callers = Object.keys(service.callers);
    const path = `stats?format=json&histogram_buckets=cumulative&filter=${encodeURIComponent(pattern(service, context))}`;

    const readPod = async (pod: PodName): Promise<Reading> => {
        const text = await askProxy(kubeConfig, pod, path);
        return new Map(countersIn(text).map((each) => [`${pod.name}/${each.version}`, each]));
    };
    return {
        name: `the proxies of ${callers.join(", ")}`,
        read: async () => {
            const pods = await Promise.all(
                callers.map((caller) => runningPods(core, caller, context)),
            );
            const readings = await Promise.all(pods.flat().map(readPod));
            return new Map(readings.flatMap((reading) => [...reading]));
        },
    };
}
