import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import { CLUSTER_DOMAIN } from "#model/mesh.ts";
import { ACCESS_LOG_PROVIDER, METRICS_PROVIDER, TRACING_PROVIDER } from "#model/platform-names.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";

type ExtensionProvider =
    | {
          readonly name: string;
          readonly opentelemetry: {
              readonly service: string;
              readonly port: number;
              readonly resource_detectors: { readonly environment: object };
          };
      }
    | { readonly name: string; readonly prometheus: object }
    | {
          readonly name: string;
          readonly envoyFileAccessLog: {
              readonly path: string;
              readonly logFormat: { readonly labels: Readonly<Record<string, string>> };
          };
      };

/** The part of Istio's MeshConfig that is set. istiod ignores an unknown field without a word. */
export interface MeshConfigValues {
    readonly enablePrometheusMerge: boolean;
    readonly enableTracing: boolean;
    readonly enableAutoMtls: boolean;
    readonly accessLogFile: string;
    readonly outboundTrafficPolicy: { readonly mode: "ALLOW_ANY" | "REGISTRY_ONLY" };
    readonly pathNormalization: { readonly normalization: "DECODE_AND_MERGE_SLASHES" };
    readonly trustDomain: string;
    readonly defaultConfig: {
        readonly holdApplicationUntilProxyStarts: boolean;
        readonly proxyStatsMatcher: { readonly inclusionRegexps: readonly string[] };
    };
    readonly extensionProviders: readonly ExtensionProvider[];
    readonly defaultProviders: {
        readonly metrics?: readonly string[] | undefined;
        readonly tracing?: readonly string[] | undefined;
        readonly accessLogging: readonly string[];
    };
}

/** Mesh-wide settings that istiod hands to every proxy. */
export function meshConfig(settings: PlatformSettings): MeshConfigValues {
    const { collector } = addonEndpoints(settings);
    return {
        // It works by the annotations of pods, which nobody may find where monitors say what is scraped.
        enablePrometheusMerge: !settings.prometheusOperator.enabled,
        enableTracing: true,
        enableAutoMtls: true,
        // Access logs come from the provider that Telemetry names; a file here would log everything twice.
        accessLogFile: "",
        outboundTrafficPolicy: { mode: settings.outboundTraffic },
        // A path rule must not be dodged with `//` or `%2F`.
        pathNormalization: { normalization: "DECODE_AND_MERGE_SLASHES" },
        trustDomain: settings.trustDomain,
        defaultConfig: {
            holdApplicationUntilProxyStarts: true,
            proxyStatsMatcher: { inclusionRegexps: inclusionRegexps(settings) },
        },
        extensionProviders: [
            ...(collector === undefined
                ? []
                : [
                      {
                          name: TRACING_PROVIDER,
                          opentelemetry: {
                              // A real Service with this port: an ExternalName sends nothing and says nothing.
                              service: collector.host,
                              port: collector.port,
                              resource_detectors: { environment: {} },
                          },
                      },
                  ]),
            { name: METRICS_PROVIDER, prometheus: {} },
            {
                name: ACCESS_LOG_PROVIDER,
                envoyFileAccessLog: {
                    path: "/dev/stdout",
                    logFormat: { labels: ACCESS_LOG_FIELDS },
                },
            },
        ],
        defaultProviders: {
            // The chart's own list is replaced by this object: without metrics here every istio_* series disappears.
            // Upstream Envoy has no filter to make them with and would refuse its listeners.
            metrics: settings.stockEnvoy ? undefined : [METRICS_PROVIDER],
            tracing: collector === undefined ? undefined : [TRACING_PROVIDER],
            accessLogging: [ACCESS_LOG_PROVIDER],
        },
    };
}

/**
 * Statistics a proxy keeps beyond Istio's own short list: requests, retries, breakers and ejections of the application's
 * clusters. One unscoped cluster costs 85 series, hence the namespace. They are a bootstrap setting: a pod shows a change
 * of it after it was made anew.
 */
function inclusionRegexps({ namespace, stockEnvoy }: PlatformSettings): readonly string[] {
    const host = `[^;]*\\.${escapeRegExp(namespace)}\\.svc\\.${escapeRegExp(CLUSTER_DOMAIN)}`;
    const client = [
        "upstream_rq",
        "upstream_cx_(overflow|active|total|connect_fail)",
        "circuit_breakers",
        "outlier_detection",
        "retry_or_shadow_abandoned",
        "membership_(healthy|total)",
        "lb_healthy_panic",
    ];
    // Pool limits also hold in the server's own proxy, over all its callers.
    const server = ["upstream_rq", "upstream_cx_(overflow|active|total)", "circuit_breakers"];
    return [
        `cluster\\.outbound\\|[0-9]+\\|[^|]*\\|${host};.*(${client.join("|")}).*`,
        `cluster\\.inbound\\|.*(${server.join("|")}).*`,
        // What Istio's own proxies count of open connections by themselves.
        ...(stockEnvoy
            ? [`tcp\\.outbound\\|[0-9]+\\|[^|]*\\|${host}\\.downstream_cx_[rt]x_bytes_total`]
            : []),
    ];
}

function escapeRegExp(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
