import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import type { IPeerAuthentication } from "@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication";
import type { ITelemetry } from "@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry";
import type { ServiceIntent } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { GATEWAY_SELECTOR, gatewayHosts, TLS_SECRET_NAME } from "./mesh.ts";
import { ACCESS_LOG_PROVIDER, METRICS_PROVIDER, TRACING_PROVIDER } from "./platform-names.ts";

type GatewaySpec = NonNullable<IGateway["spec"]>;
type PeerAuthenticationSpec = NonNullable<IPeerAuthentication["spec"]>;
type TelemetrySpec = NonNullable<ITelemetry["spec"]>;

/** Tag of every span, by which a trace says where it comes from. */
export const ENVIRONMENT_TAG = "environment";

/** What the proxies of the whole mesh report. */
export interface TelemetryIntent {
    /** Value of the span tag {@link ENVIRONMENT_TAG}. */
    readonly environment: string;
    /** Value of the metric tag `source_cluster`. */
    readonly clusterName: string;
    /** Percent of the requests that are traced, 0 to 100; `undefined` where there is nobody to report spans to. */
    readonly samplingPercent: number | undefined;
    /** Whether the proxies have Istio's metrics filter; upstream's Envoy has not and is made to count by an EnvoyFilter. */
    readonly metrics: boolean;
}

/** Annotations by which the mesh-wide Telemetry says which stack the cluster holds, and for whom. */
export const STACK_ANNOTATIONS = {
    stack: "mesh.a4co.dev/stack",
    environment: "mesh.a4co.dev/environment",
} as const;

/** What commands read on the cluster before they change anything there. */
export function stackAnnotations(stack: string, environment: string): Record<string, string> {
    return {
        [STACK_ANNOTATIONS.stack]: stack,
        [STACK_ANNOTATIONS.environment]: environment,
    };
}

/** STRICT for everything in scope: the mesh in the root namespace, one namespace elsewhere. */
export const STRICT_MTLS: PeerAuthenticationSpec = { mtls: { mode: "STRICT" } };

/** STRICT for one service, its port named as well, so that no namespace-wide change can weaken it. */
export function portLevelMtlsSpec({ name, port }: ServiceIntent): PeerAuthenticationSpec {
    return {
        selector: { matchLabels: { app: name } },
        mtls: { mode: "STRICT" },
        portLevelMtls: { [String(port)]: { mode: "STRICT" } },
    };
}

/** What the proxies of the whole mesh report, and to whom. */
export function telemetrySpec(intent: TelemetryIntent): TelemetrySpec {
    return {
        tracing:
            intent.samplingPercent === undefined
                ? [{ disableSpanReporting: true }]
                : [
                      {
                          providers: [{ name: TRACING_PROVIDER }],
                          randomSamplingPercentage: intent.samplingPercent,
                          customTags: {
                              [ENVIRONMENT_TAG]: { literal: { value: intent.environment } },
                          },
                      },
                  ],
        ...(intent.metrics && {
            metrics: [
                {
                    providers: [{ name: METRICS_PROVIDER }],
                    overrides: [
                        {
                            match: { metric: "ALL_METRICS" },
                            // The value is a CEL expression, so a string literal keeps its quotes.
                            tagOverrides: { source_cluster: { value: `'${intent.clusterName}'` } },
                        },
                    ],
                },
            ],
        }),
        accessLogging: [{ providers: [{ name: ACCESS_LOG_PROVIDER }] }],
    };
}

/**
 * The edge of the mesh: HTTPS from TLS 1.2 on, and port 80.
 *
 * @param redirect whether port 80 only redirects to HTTPS
 */
export function gatewaySpec(context: MeshContext, redirect: boolean): GatewaySpec {
    const hosts = gatewayHosts(context);
    return {
        selector: { ...GATEWAY_SELECTOR },
        servers: [
            {
                port: { number: 80, name: "http", protocol: "HTTP" },
                hosts,
                ...(redirect && { tls: { httpsRedirect: true } }),
            },
            {
                port: { number: 443, name: "https", protocol: "HTTPS" },
                hosts,
                tls: {
                    mode: "SIMPLE",
                    credentialName: TLS_SECRET_NAME,
                    minProtocolVersion: "TLSV1_2",
                },
            },
        ],
    };
}
