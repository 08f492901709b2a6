import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

/** The request metrics every service has, in a registry of its own. */
export interface RequestMetrics {
    readonly registry: Registry;
    /** Counts one answered request. `route` is a declared path, never the caller's text. */
    observe(method: string, route: string, status: number, seconds: number): void;
}

/** Registers `http_requests_total`, `http_request_duration_seconds` and the defaults of Node. */
export function createMetrics(): RequestMetrics {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const labelNames = ["method", "route", "status"] as const;
    const requests = new Counter({
        name: "http_requests_total",
        help: "Requests answered, by method, route and status.",
        labelNames,
        registers: [registry],
    });
    const durations = new Histogram({
        name: "http_request_duration_seconds",
        help: "Time from the request's head to the end of the answer.",
        labelNames,
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
        registers: [registry],
    });
    return {
        registry,
        observe: (method, route, status, seconds) => {
            const labels = { method, route, status: String(status) };
            requests.inc(labels);
            durations.observe(labels, seconds);
        },
    };
}
