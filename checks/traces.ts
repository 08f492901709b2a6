import { z } from "zod";

const schema = z.object({
    data: z.array(
        z.object({
            spans: z.array(
                z.object({
                    processID: z.string(),
                    tags: z.array(z.object({ key: z.string(), value: z.unknown() })),
                }),
            ),
            processes: z.record(z.string(), z.object({ serviceName: z.string() })),
        }),
    ),
});

/** A span that a proxy reported. */
export interface ProxySpan {
    /** As the proxy calls its workload: `<app>.<namespace>`. */
    readonly service: string;
    /** Value of its tag `environment`; `undefined` where it has none. */
    readonly environment: string | undefined;
}

/**
 * Reads the proxies' spans of one trace from an answer of Jaeger's query API; an application's own spans are left out.
 *
 * @throws Error where the answer is not one of Jaeger's
 */
export function proxySpans(body: string): ProxySpan[] {
    const { data } = schema.parse(JSON.parse(body));
    return data.flatMap(({ spans, processes }) =>
        spans.flatMap(({ processID, tags }) => {
            const tag = (wanted: string): unknown => tags.find(({ key }) => key === wanted)?.value;
            const environment = tag("environment");
            return tag("component") === "proxy"
                ? [
                      {
                          service: processes[processID]?.serviceName ?? "",
                          environment: typeof environment === "string" ? environment : undefined,
                      },
                  ]
                : [];
        }),
    );
}

/**
 * What is missing in a trace, or wrong with it.
 *
 * @returns one phrase, or `undefined` where every service has spans and every span the environment
 */
export function traceProblem(
    spans: readonly ProxySpan[],
    services: readonly string[],
    environment: string,
): string | undefined {
    const seen = new Set(spans.map(({ service }) => service));
    const missing = services.filter((service) => !seen.has(service));
    if (spans.length === 0) {
        return "no such trace";
    }
    if (missing.length > 0) {
        return `a trace without spans of ${missing.join(", ")}`;
    }
    const other = spans.find((span) => span.environment !== environment);
    return other === undefined
        ? undefined
        : `a span of ${other.service} with ${other.environment === undefined ? "no tag environment" : `environment=${other.environment}`}`;
}
