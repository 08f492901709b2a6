import { ADDON_PORTS, JAEGER_BASE_PATH } from "#stack/addon-endpoints.ts";

/** Mount point of the volume that holds the traces of a large platform. */
export const BADGER_PATH = "/badger";

/**
 * Jaeger 2's configuration as one process: a whole OpenTelemetry collector file. It has no type here, because the
 * collector itself refuses a key that it does not know. Every endpoint is spelt out: left out, a component listens on
 * localhost alone.
 */
export function jaegerConfig(size: "small" | "large") {
    return {
        service: {
            extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
            pipelines: {
                traces: {
                    receivers: ["otlp"],
                    processors: ["memory_limiter", "batch"],
                    exporters: ["jaeger_storage_exporter"],
                },
            },
            telemetry: {
                resource: { "service.name": "jaeger" },
                metrics: {
                    level: "normal",
                    readers: [
                        {
                            pull: {
                                exporter: {
                                    prometheus: {
                                        host: "0.0.0.0",
                                        port: ADDON_PORTS.jaegerMetrics,
                                    },
                                },
                            },
                        },
                    ],
                },
            },
        },
        extensions: {
            healthcheckv2: { use_v2: true, http: on(13133) },
            jaeger_query: {
                base_path: JAEGER_BASE_PATH,
                http: on(ADDON_PORTS.jaeger),
                grpc: on(ADDON_PORTS.jaegerGrpc),
                storage: { traces: "main" },
            },
            jaeger_storage: { backends: { main: size === "large" ? BADGER : MEMORY } },
        },
        receivers: {
            otlp: { protocols: { grpc: on(ADDON_PORTS.otlpGrpc), http: on(ADDON_PORTS.otlpHttp) } },
        },
        processors: {
            // Below the container's limit, so that Jaeger drops spans before the kernel ends it.
            memory_limiter:
                size === "large"
                    ? { check_interval: "1s", limit_mib: 1600, spike_limit_mib: 300 }
                    : { check_interval: "1s", limit_mib: 400, spike_limit_mib: 80 },
            batch: {},
        },
        exporters: { jaeger_storage_exporter: { trace_storage: "main" } },
    };
}

/** A trace of three services takes about 25 KiB: 20,000 of them filled the container and got it killed. */
const MEMORY = { memory: { max_traces: 5000 } };

const BADGER = {
    badger: {
        ephemeral: false,
        directories: { keys: `${BADGER_PATH}/keys`, values: `${BADGER_PATH}/values` },
        ttl: { spans: "168h" },
    },
};

function on(port: number): { readonly endpoint: string } {
    return { endpoint: `0.0.0.0:${port}` };
}
