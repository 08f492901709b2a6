import type { KubeConfig } from "@kubernetes/client-node";
import { Prometheus, samplesIn } from "#live/prometheus.ts";
import type { ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import type { CounterSource, Reading, VersionCounters } from "./reading.ts";

/** The callers' own view: it has the requests that were never answered. */
function selector(service: ServiceIntent, context: MeshContext): string {
    return `{reporter="source",destination_service="${clusterHost(service.name, context)}"}`;
}

/**
 * Reads two answers of Prometheus' `/api/v1/query`: requests by response code, and buckets of their duration, each by
 * instance and `destination_version`. Source: https://istio.io/latest/docs/reference/config/metrics/
 *
 * @throws Error where an answer is not one of Prometheus'
 */
export function readingIn(requests: string, durations: string): Reading {
    const found = new Map<string, { counters: VersionCounters; latency: Map<number, number> }>();
    const at = (metric: Readonly<Record<string, string>>): [string, string] => {
        const version = metric["destination_version"] ?? "";
        return [`${metric["instance"] ?? ""}/${version}`, version];
    };
    for (const { metric, value } of samplesIn(requests)) {
        const [key, version] = at(metric);
        const latency = found.get(key)?.latency ?? new Map<number, number>();
        const before = found.get(key)?.counters ?? { version, requests: 0, errors: 0, latency };
        const count = Number(value[1]);
        // Code 0 is a caller's that left before the answer.
        const failed = /^(5\d\d|0)$/.test(metric["response_code"] ?? "") ? count : 0;
        const counters = {
            ...before,
            requests: before.requests + count,
            errors: before.errors + failed,
        };
        found.set(key, { counters, latency });
    }
    for (const { metric, value } of samplesIn(durations)) {
        found.get(at(metric)[0])?.latency.set(boundOf(metric["le"]), Number(value[1]));
    }
    return new Map([...found].map(([key, { counters }]) => [key, counters]));
}

function boundOf(text: string | undefined): number {
    return text === "+Inf" ? Infinity : Number(text);
}

/** Counters of all callers, as the stack's Prometheus has scraped them. */
export function prometheusCounters(
    kubeConfig: KubeConfig,
    service: ServiceIntent,
    context: MeshContext,
    address: string,
): CounterSource {
    const chosen = selector(service, context);
    const prometheus = new Prometheus(kubeConfig, address);
    return {
        name: "Prometheus",
        read: async () => {
            const [requests, durations] = await Promise.all([
                prometheus.query(
                    `sum by (instance, destination_version, response_code) (istio_requests_total${chosen})`,
                ),
                prometheus.query(
                    `sum by (instance, destination_version, le) (istio_request_duration_milliseconds_bucket${chosen})`,
                ),
            ]);
            return readingIn(requests, durations);
        },
    };
}
