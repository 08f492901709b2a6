import type { IEnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import type { IAuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import { identityOf, principalOf } from "./authorization.ts";
import { destinationRuleSpec } from "./destination-rule.ts";
import { milliseconds } from "./duration.ts";
import type { ServiceIntent } from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import { API_VERSIONS } from "./istio-kinds.ts";
import type { MeshContext } from "./mesh.ts";
import { clusterHost, experimentName, gatewayName } from "./mesh.ts";
import type { FaultIntent, HttpRoute } from "./routing.ts";
import { serviceRoutes } from "./routing.ts";

/** What can be done to a service for a time. */
export const CHAOS_KINDS = [
    "delay",
    "abort",
    "failing",
    "vanish",
    "kill-istiod",
    "partition",
    "isolate",
] as const;
export type ChaosKind = (typeof CHAOS_KINDS)[number];

/** One experiment. */
export interface ChaosIntent {
    readonly kind: ChaosKind;
    readonly service: ServiceIntent;
    /** Whose requests it is about: a service of the catalogue, or the ingress gateway. */
    readonly caller: string;
    /** What is done to a share of the requests; present for `delay`, `abort` and `failing`. */
    readonly fault?: FaultIntent;
}

/** An object that an experiment makes, in the application namespace. */
export interface ChaosObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Everything beside `apiVersion`, `kind` and `metadata`. */
    readonly content: Readonly<Record<string, unknown>>;
}

/** Label of everything that belongs to an experiment; its value is the service's name. */
export const CHAOS_LABEL = "mesh-chaos";

/**
 * Addresses that are given to nobody, because they are kept for documentation.
 * Source: https://www.rfc-editor.org/rfc/rfc5737
 */
export const NEVER_ASSIGNED = ["192.0.2.1", "198.51.100.1", "203.0.113.1"] as const;

/** Whether a kind is made by a route of the caller's own proxy, for which the service keeps a place. */
export function needsExperimentRoute(kind: ChaosKind): boolean {
    return kind === "delay" || kind === "abort" || kind === "partition";
}

/**
 * What an experiment makes. Nothing for `vanish` and `kill-istiod`, which only delete pods.
 *
 * @param voidAddress address at which nobody answers; used by `partition`
 */
export function chaosObjects(
    intent: ChaosIntent,
    context: MeshContext,
    voidAddress: string,
): ChaosObject[] {
    switch (intent.kind) {
        case "delay":
        case "abort":
            return [
                experiment(intent, context, serviceRoutes(intent.service, context, intent.fault)),
            ];
        case "failing":
            return [failingPod(intent)];
        case "partition":
            return partition(intent, context, voidAddress);
        case "isolate":
            return [isolation(intent, context)];
        case "vanish":
        case "kill-istiod":
            return [];
    }
}

/** The delegate to which the service's own VirtualService leads, for one caller alone. */
function experiment(
    { service, caller }: ChaosIntent,
    context: MeshContext,
    routes: readonly HttpRoute[],
): ChaosObject {
    // Never both: istiod looks at no labels where a match names a gateway, and every caller would be hit.
    const whose =
        caller === INGRESS_GATEWAY
            ? { gateways: [gatewayName(context)] }
            : { sourceLabels: { app: caller } };
    const spec: IVirtualService["spec"] = {
        http: routes.map((route) => ({
            ...route,
            match: (route.match ?? []).map((match) => ({ ...match, ...whose })),
        })),
    };
    return {
        apiVersion: API_VERSIONS.VirtualService,
        kind: "VirtualService",
        name: experimentName(service.name),
        content: { spec },
    };
}

/** Name of the Service without a pod to which a partition leads. */
export function voidName(service: string): string {
    return `${service}-void`;
}

/**
 * The caller's requests go where nobody answers, under the service's own timeouts, retries and breaker, so that the
 * caller's proxy does what it would do were the network cut.
 */
function partition(intent: ChaosIntent, context: MeshContext, address: string): ChaosObject[] {
    const { service } = intent;
    const name = voidName(service.name);
    const host = clusterHost(name, context);
    const { port } = service;
    const routes = serviceRoutes(service, context).map((route): HttpRoute => ({
        ...route,
        route: [{ destination: { host, port: { number: port } }, weight: 100 }],
    }));
    const { trafficPolicy } = destinationRuleSpec(service, context);
    return [
        {
            apiVersion: "v1",
            kind: "Service",
            name,
            content: {
                spec: { ports: [{ name: "http", appProtocol: "http", port, targetPort: port }] },
            },
        },
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            name,
            labels: { "kubernetes.io/service-name": name },
            content: {
                addressType: "IPv4",
                ports: [{ name: "http", appProtocol: "http", port, protocol: "TCP" }],
                endpoints: [{ addresses: [address], conditions: { ready: true } }],
            },
        },
        {
            apiVersion: API_VERSIONS.DestinationRule,
            kind: "DestinationRule",
            name,
            content: { spec: { host, trafficPolicy } },
        },
        experiment(intent, context, routes),
    ];
}

/**
 * The server's own proxy answers with an error, or late: for every caller that is a real failure of this one pod. The
 * pod is chosen by a label, which does nothing once this object is gone.
 */
function failingPod({ service, fault }: ChaosIntent): ChaosObject {
    const share = (percent: number): object => ({
        numerator: Math.round(percent * 10_000),
        denominator: "MILLION",
    });
    const spec: IEnvoyFilter["spec"] = {
        workloadSelector: { labels: { [CHAOS_LABEL]: service.name } },
        configPatches: [
            {
                applyTo: "HTTP_FILTER",
                match: {
                    context: "SIDECAR_INBOUND",
                    listener: {
                        portNumber: service.port,
                        filterChain: {
                            filter: {
                                name: "envoy.filters.network.http_connection_manager",
                                subFilter: { name: "envoy.filters.http.router" },
                            },
                        },
                    },
                },
                patch: {
                    operation: "INSERT_BEFORE",
                    value: {
                        name: "mesh.chaos",
                        typed_config: {
                            "@type":
                                "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
                            ...(fault?.delay && {
                                delay: {
                                    fixed_delay: `${milliseconds(fault.delay.fixedDelay) / 1000}s`,
                                    percentage: share(fault.delay.percent),
                                },
                            }),
                            ...(fault?.abort && {
                                abort: {
                                    http_status: fault.abort.httpStatus,
                                    percentage: share(fault.abort.percent),
                                },
                            }),
                        },
                    },
                },
            },
        ],
    };
    return {
        apiVersion: API_VERSIONS.EnvoyFilter,
        kind: "EnvoyFilter",
        name: `${service.name}-failing`,
        content: { spec },
    };
}

/** A refusal by identity. The port is named, because a DENY by nothing but HTTP would close TCP as well. */
function isolation({ service, caller }: ChaosIntent, context: MeshContext): ChaosObject {
    const spec: IAuthorizationPolicy["spec"] = {
        selector: { matchLabels: { app: service.name } },
        action: "DENY",
        rules: [
            {
                from: [
                    { source: { principals: [principalOf(identityOf(caller, context), context)] } },
                ],
                to: [{ operation: { ports: [String(service.port)] } }],
            },
        ],
    };
    return {
        apiVersion: API_VERSIONS.AuthorizationPolicy,
        kind: "AuthorizationPolicy",
        name: `${service.name}-isolated`,
        content: { spec },
    };
}
