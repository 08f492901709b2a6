import type { PanelSpec } from "./model.ts";
import { WINDOW } from "./model.ts";

/** Requests of a selector as a rate, by some labels. */
export function requestRate(selector: string, by: string): string {
    return `sum by (${by}) (rate(istio_requests_total{${selector}}[${WINDOW}]))`;
}

/** A quantile of their duration in milliseconds. */
export function durationQuantile(quantile: number, selector: string, by: string): string {
    return `histogram_quantile(${quantile}, sum by (le, ${by}) (rate(istio_request_duration_milliseconds_bucket{${selector}}[${WINDOW}])))`;
}

/** The part of a selector's requests that has more to it; 0 where there are only others, since a series begins with its first event. */
export function partOf(selector: string, by: string, more: string): string {
    return `(${requestRate(`${selector},${more}`, by)} or 0 * ${requestRate(selector, by)})`;
}

/** Requests of which side's proxies, and whose. */
interface Requests {
    readonly reporter: "source" | "destination";
    readonly selector: string;
}

/** Requests, errors and latency of what a selector chooses, from Istio's own metrics. */
export function requestPanels(
    { reporter, selector: whose }: Requests,
    by: string,
    legend: string,
): readonly PanelSpec[] {
    const selector = `reporter="${reporter}",${whose}`;
    return [
        {
            title: "Requests",
            description: "Requests a second that were answered, whatever the answer.",
            unit: "reqps",
            queries: { [legend]: requestRate(selector, by) },
        },
        {
            title: "Share of 5xx",
            description: "Each request once, with what came of it after its retries.",
            unit: "percentunit",
            queries: {
                [legend]: `${partOf(selector, by, 'response_code=~"5.."')} / ${requestRate(selector, by)}`,
            },
        },
        {
            title: "Latency",
            description:
                "From the proxy's first byte to its last one, within the bounds of Istio's buckets.",
            unit: "ms",
            queries: {
                [`p50 ${legend}`]: durationQuantile(0.5, selector, by),
                [`p95 ${legend}`]: durationQuantile(0.95, selector, by),
                [`p99 ${legend}`]: durationQuantile(0.99, selector, by),
            },
        },
        {
            title: "Refused with 403",
            description:
                "By an AuthorizationPolicy, or by the application itself; the callers' names say whom it concerns.",
            unit: "reqps",
            queries: { [legend]: partOf(selector, by, 'response_code="403"') },
        },
        {
            title: "Response flags",
            description:
                "By the callers' proxies. UO: a breaker overflowed. UH: no healthy host. UF: connection failed. UT: timeout. URX: tried as often as allowed. DC: the caller left.",
            unit: "reqps",
            queries: {
                "{{response_flags}}": requestRate(
                    `reporter="source",${whose},response_flags!="-"`,
                    "response_flags",
                ),
            },
        },
    ];
}
