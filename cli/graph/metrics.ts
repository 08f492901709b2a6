import type { Prometheus } from "#live/prometheus.ts";
import { samplesIn } from "#live/prometheus.ts";
import { milliseconds } from "#model/duration.ts";
import type { Duration } from "#model/intents.ts";

/** Labels that say who called whom, and which of the two counted it. */
const ENDS = [
    "reporter",
    "source_principal",
    "source_canonical_service",
    "source_workload",
    "source_workload_namespace",
    "destination_principal",
    "destination_canonical_service",
    "destination_workload",
    "destination_workload_namespace",
    "destination_service_name",
    "destination_service_namespace",
] as const;

/** Labels of Istio's standard metrics. Source: https://istio.io/latest/docs/reference/config/metrics/ */
type Label =
    | (typeof ENDS)[number]
    | "connection_security_policy"
    | "request_protocol"
    | "response_code"
    | "grpc_response_status"
    | "le";

/** What was counted under some labels; a label that Prometheus does not have is absent. */
export interface Series {
    readonly labels: Readonly<Partial<Record<Label, string>>>;
    readonly value: number;
}

/** What Istio's proxies counted in a window of time. */
export interface MeshMetrics {
    readonly requests: readonly Series[];
    /** Requests that took at most `le` milliseconds. */
    readonly durations: readonly Series[];
    readonly opened: readonly Series[];
    /** Connections that are open at the window's end. */
    readonly open: readonly Series[];
    /** Bytes that destinations got. */
    readonly received: readonly Series[];
    /** Bytes that destinations sent. */
    readonly sent: readonly Series[];
}

/** What was counted, and whether Prometheus was there for all of the time. */
export interface Measurement {
    readonly metrics: MeshMetrics;
    readonly wholeWindow: boolean;
}

/** Asks for everything that the graph is drawn from. */
export async function measure(
    prometheus: Pick<Prometheus, "query">,
    window: Duration,
): Promise<Measurement> {
    const range = `${milliseconds(window)}ms`;
    const ask = async (expression: string): Promise<readonly Series[]> =>
        seriesIn(await prometheus.query(expression));
    const counted = (metric: string, ...labels: readonly Label[]): Promise<readonly Series[]> =>
        ask(countedIn(range, metric, [...ENDS, ...labels]));
    const [before, requests, durations, opened, open, received, sent] = await Promise.all([
        ask(`count(up offset ${range})`),
        counted(
            "istio_requests_total",
            "connection_security_policy",
            "request_protocol",
            "response_code",
            "grpc_response_status",
        ),
        counted("istio_request_duration_milliseconds_bucket", "le"),
        counted("istio_tcp_connections_opened_total", "connection_security_policy"),
        ask(openNow([...ENDS, "connection_security_policy"])),
        counted("istio_tcp_received_bytes_total"),
        counted("istio_tcp_sent_bytes_total"),
    ]);
    return {
        metrics: { requests, durations, opened, open, received, sent },
        wholeWindow: before.length > 0,
    };
}

/**
 * How much counters grew, summed by labels. `increase` alone does not see a series' first value, so one refused call by
 * somebody who never called before would be missed: that value counts where the series is younger than the window and
 * than what Prometheus has of its target.
 */
function countedIn(range: string, metric: string, labels: readonly Label[]): string {
    const by = labels.join(", ");
    const selector = `${metric}{reporter=~"source|destination"}`;
    const samples = `count_over_time(${selector}[${range}])`;
    const scrapes = `max by (job, instance) (count_over_time(up[${range}]))`;
    const first = `min_over_time(${selector}[${range}]) unless ${selector} offset ${range} and ${samples} < on (job, instance) group_left () ${scrapes}`;
    return `sum by (${by}) (${part(`increase(${selector}[${range}])`, "grown")} or ${part(first, "first")})`;
}

/** Tells the series of one part from those of another, which have the same labels. */
function part(expression: string, name: string): string {
    return `label_replace(${expression}, "part", "${name}", "", "")`;
}

function openNow(labels: readonly Label[]): string {
    const [opened, closed] = ["opened", "closed"].map(
        (what) =>
            `sum by (${labels.join(", ")}) (istio_tcp_connections_${what}_total{reporter=~"source|destination"})`,
    );
    return `(${opened ?? ""} - (${closed ?? ""} or ${opened ?? ""} * 0)) > 0`;
}

/** An expression over nothing is NaN, which counts as nothing. */
function seriesIn(answer: string): readonly Series[] {
    return samplesIn(answer)
        .map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }))
        .filter(({ value }) => Number.isFinite(value));
}
