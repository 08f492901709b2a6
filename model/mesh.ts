import { LABEL_LENGTH } from "./names.ts";

/** What every derivation needs to know of the mesh a service lives in. Plain values, known before anything is deployed. */
export interface MeshContext {
    /** Namespace of the microservices, for example `a4co`. */
    readonly namespace: string;
    /** Root namespace of Istio; the gateway's pods run there too. */
    readonly controlPlaneNamespace: string;
    /** Domain below which the gateway serves hosts, for example `a4co.local`. */
    readonly domain: string;
    /** SPIFFE trust domain of the mesh. */
    readonly trustDomain: string;
    /**
     * Host that takes spans, with the namespace in which it is known: proxies that know their callees alone have to be
     * told of it. For example `istio-system/jaeger.istio-system.svc.cluster.local`. Default: nobody takes spans.
     */
    readonly collector?: string;
}

/** Names that several resources must agree on. */
export const GATEWAY_SELECTOR = { istio: "ingressgateway" } as const;
/** Name of the gateway's Release, Service and ServiceAccount. */
export const GATEWAY_NAME = "istio-ingressgateway";
export const TLS_SECRET_NAME = "a4co-tls-cert";

/** Name of the Gateway resource: `<namespace>-gateway`. */
export function gatewayName({ namespace }: Pick<MeshContext, "namespace">): string {
    return `${namespace}-gateway`;
}

/** Name of a service without its suffix, as policies are named after it: `order` for `order-service`. */
export function shortName(name: string): string {
    return name.replace(/-service$/, "");
}

/** Name of the copy of a service that load and deliberate failures go to. */
export function rehearsalName(service: string): string {
    return `${service}-rehearsal`;
}

/** Name of the VirtualService that an experiment on a service may make; without one its route does not exist. */
export function experimentName(service: string): string {
    return `${service}-experiment`;
}

/** Characters of a service's name: whatever is named after it must still be a label. */
export const SERVICE_NAME_LENGTH =
    LABEL_LENGTH - Math.max(...[rehearsalName(""), experimentName("")].map((end) => end.length));

/** Characters of the services' namespace, likewise: its Gateway is named after it. */
export const NAMESPACE_LENGTH = LABEL_LENGTH - gatewayName({ namespace: "" }).length;

/** DNS domain of the cluster, which Istio's charts assume as well. */
export const CLUSTER_DOMAIN = "cluster.local";

/** The host under which every workload of the cluster knows a service. */
export function clusterHost(
    service: string,
    { namespace }: Pick<MeshContext, "namespace">,
): string {
    return `${service}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}

/**
 * Name under which a caller's proxy knows the pods of a service.
 *
 * @param subset one version of the service, or empty for all of its pods
 */
export function outboundCluster(
    { name, port }: { readonly name: string; readonly port: number },
    subset: string,
    context: MeshContext,
): string {
    return `outbound|${port}|${subset}|${clusterHost(name, context)}`;
}

/** Public host of a service at the gateway, for example `order.a4co.local`. */
export function publicHost(hostname: string, { domain }: Pick<MeshContext, "domain">): string {
    return `${hostname}.${domain}`;
}

/** Hosts of the Gateway's servers: the domain and everything directly below it. */
export function gatewayHosts({ domain }: MeshContext): string[] {
    return [`*.${domain}`, domain];
}
