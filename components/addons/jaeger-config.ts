import { JAEGER_BASE_PATH } from "#stack/addon-endpoints.ts";

interface Endpoint {
    readonly endpoint: string;
}

type StorageBackend =
    | { readonly memory: { readonly max_traces: number } }
    | {
          readonly badger: {
              readonly ephemeral: boolean;
              readonly directories: { readonly keys: string; readonly values: string };
              readonly ttl: { readonly spans: string };
          };
      };

/** Jaeger 2's configuration: a whole OpenTelemetry collector file. */
export interface JaegerConfig {
    readonly service: {
        readonly extensions: readonly string[];
        readonly pipelines: {
            readonly traces: {
                readonly receivers: readonly string[];
                readonly processors: readonly string[];
                readonly exporters: readonly string[];
            };
        };
        readonly telemetry: {
            readonly resource: { readonly "service.name": string };
            readonly metrics: {
                readonly level: "normal";
                readonly readers: readonly {
                    readonly pull: {
                        readonly exporter: {
                            readonly prometheus: { readonly host: string; readonly port: number };
                        };
                    };
                }[];
            };
        };
    };
    readonly extensions: {
        readonly healthcheckv2: { readonly use_v2: boolean; readonly http: Endpoint };
        readonly jaeger_query: {
            readonly base_path: string;
            readonly http: Endpoint;
            readonly grpc: Endpoint;
            readonly storage: { readonly traces: string };
        };
        readonly jaeger_storage: { readonly backends: { readonly main: StorageBackend } };
    };
    readonly receivers: {
        readonly otlp: { readonly protocols: { readonly grpc: Endpoint; readonly http: Endpoint } };
    };
    readonly processors: {
        readonly memory_limiter: {
            readonly check_interval: string;
            readonly limit_mib: number;
            readonly spike_limit_mib: number;
        };
        readonly batch: object;
    };
    readonly exporters: {
        readonly jaeger_storage_exporter: { readonly trace_storage: string };
    };
}

/** Mount point of the volume that holds the traces of a large platform. */
export const BADGER_PATH = "/badger";

/** Jaeger 2 as one process. Every endpoint is spelt out: left out, a component listens on localhost alone. */
export function jaegerConfig(size: "small" | "large"): JaegerConfig {
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
                        { pull: { exporter: { prometheus: { host: "0.0.0.0", port: 8888 } } } },
                    ],
                },
            },
        },
        extensions: {
            healthcheckv2: { use_v2: true, http: on(13133) },
            jaeger_query: {
                base_path: JAEGER_BASE_PATH,
                http: on(16686),
                grpc: on(16685),
                storage: { traces: "main" },
            },
            jaeger_storage: { backends: { main: size === "large" ? BADGER : MEMORY } },
        },
        receivers: { otlp: { protocols: { grpc: on(4317), http: on(4318) } } },
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
const MEMORY: StorageBackend = { memory: { max_traces: 5000 } };

const BADGER: StorageBackend = {
    badger: {
        ephemeral: false,
        directories: { keys: `${BADGER_PATH}/keys`, values: `${BADGER_PATH}/values` },
        ttl: { spans: "168h" },
    },
};

function on(port: number): Endpoint {
    return { endpoint: `0.0.0.0:${port}` };
}
