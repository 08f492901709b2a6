import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

const LABELS = ["method", "route", "status"] as const;

/**
 * The request metrics every service has, in a registry of its own: `http_requests_total`,
 * `http_request_duration_seconds` and the defaults of Node.
 */
export class RequestMetrics {
    readonly registry = new Registry();
    readonly #requests = new Counter({
        name: "http_requests_total",
        help: "Requests answered, by method, route and status.",
        labelNames: LABELS,
        registers: [this.registry],
    });
    readonly #durations = new Histogram({
        name: "http_request_duration_seconds",
        help: "Time from the request's head to the end of the answer.",
        labelNames: LABELS,
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
        registers: [this.registry],
    });

    constructor() {
        collectDefaultMetrics({ register: this.registry });
    }

    /** Counts one answered request. `route` is a declared path, never the caller's text. */
    observe(method: string, route: string, status: number, seconds: number): void {
        const labels = { method, route, status: String(status) };
        this.#requests.inc(labels);
        this.#durations.observe(labels, seconds);
    }
}
