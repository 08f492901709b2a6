import { randomUUID } from "node:crypto";
import { PROBE_HEADER } from "#model/access-log.ts";
import type { HttpMethod, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost, GATEWAY_NAME, publicHost } from "#model/mesh.ts";
import { allowsPath, hasBody, instanceOf, METHODS } from "#model/requests.ts";
import { metricsPath } from "#model/routing.ts";
import type { HttpProbe } from "./probes/probe.ts";
import { maySend } from "./requests.ts";

/** How a client speaks to the gateway. */
export const SCHEMES = ["http", "https"] as const;
export type Scheme = (typeof SCHEMES)[number];

const PORTS: Readonly<Record<Scheme, number>> = { http: 80, https: 443 };

/** One request to the ingress gateway. */
export interface EdgeRequest {
    readonly scheme: Scheme;
    /** The `Host` header. */
    readonly host: string;
    readonly path: string;
    /** Default `GET`. */
    readonly method?: string;
    /** Name in the TLS handshake. Default: `host`. */
    readonly servername?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Default: TLS 1.2 or 1.3, with the client's own ciphers. */
    readonly tls?: Omit<NonNullable<HttpProbe["tls"]>, "servername">;
    /** Marks the request in access logs; equal marks share an answer. Default: one of its own. */
    readonly probe?: string;
}

/** The request from within the cluster, to the gateway's Service: it needs no load balancer. */
export function throughGateway(request: EdgeRequest, context: MeshContext): Omit<HttpProbe, "id"> {
    const { scheme, host, path, method = "GET", servername = host, tls } = request;
    const withBody = hasBody(method);
    return {
        host: clusterHost(GATEWAY_NAME, { namespace: context.controlPlaneNamespace }),
        port: PORTS[scheme],
        method,
        path,
        headers: {
            host,
            [PROBE_HEADER]: request.probe ?? randomUUID(),
            ...(withBody && { "content-type": "application/json" }),
            ...request.headers,
        },
        ...(withBody && { body: "{}" }),
        ...(scheme === "https" && { tls: { servername, ...tls } }),
    };
}

/** Paths under which the gateway may call a service, one for each pattern. */
export function exposedPaths(service: ServiceIntent): string[] {
    const permissions = service.callers[INGRESS_GATEWAY] ?? [];
    return [...new Set(permissions.flatMap(({ paths }) => paths.map(instanceOf)))];
}

/** Methods that the gateway may use on a path. */
export function exposedMethods(service: ServiceIntent, path: string): HttpMethod[] {
    const permissions = (service.callers[INGRESS_GATEWAY] ?? []).filter(({ paths }) =>
        paths.some((pattern) => allowsPath(pattern, path)),
    );
    return METHODS.filter((method) => permissions.some(({ methods }) => methods.includes(method)));
}

/** A declared request that changes nothing; `undefined` where the gateway may make none. */
export function harmlessRequest(
    service: ServiceIntent,
): { readonly method: HttpMethod; readonly path: string } | undefined {
    const candidates = exposedPaths(service).flatMap((path) =>
        exposedMethods(service, path).map((method) => ({ method, path })),
    );
    return METHODS.flatMap((wanted) => candidates.filter(({ method }) => method === wanted)).find(
        ({ method }) => maySend(method, service),
    );
}

/** Methods that the gateway may not use on an exposed path, and whether a probe may try them. */
export function undeclaredMethods(
    service: ServiceIntent,
): { readonly method: HttpMethod; readonly path: string; readonly harmless: boolean }[] {
    return exposedPaths(service).flatMap((path) => {
        const declared = exposedMethods(service, path);
        return METHODS.filter((method) => !declared.includes(method)).map((method) => ({
            method,
            path,
            harmless: maySend(method, service),
        }));
    });
}

/** Every name of a service that a client could write into the `Host` header. */
export function namesOf(service: ServiceIntent, context: MeshContext): string[] {
    const { name, port, hostname } = service;
    const names = [
        ...(hostname === undefined ? [] : [publicHost(hostname, context)]),
        name,
        `${name}.${context.namespace}`,
        clusterHost(name, context),
    ];
    return names.flatMap((host) => [host, `${host}:${port}`]);
}

/** Hosts that nobody declared, among them some that look like one that is served. */
export function undeclaredHosts(served: string, context: MeshContext): string[] {
    return [
        `unknown.${context.domain}`,
        `below.${served}`,
        context.domain,
        "elsewhere.invalid",
        `${served}.invalid`,
        clusterHost(GATEWAY_NAME, { ...context, namespace: context.controlPlaneNamespace }),
        "127.0.0.1",
    ];
}

/** Names for the TLS handshake for which the gateway has no certificate to show. */
export function foreignServerNames(served: string): string[] {
    return ["elsewhere.invalid", `${served}.invalid`];
}

/** Ways to write the path of a service's metrics, each of which its own server could take for it. */
export function metricsPaths(service: ServiceIntent): string[] {
    const path = metricsPath(service);
    const prefix = path.slice(0, -"/metrics".length);
    // Below / there is no slash inside that could be written otherwise.
    const inner = prefix === "" ? "/" : prefix;
    return [
        path,
        `${path}/`,
        `${path}?x=1`,
        `${path}/below`,
        `/${path}`,
        `${inner}//metrics`,
        `${prefix}/./metrics`,
        `${prefix}/%2e/metrics`,
        `${prefix}/x/../metrics`,
        `${prefix}/x/%2e%2e/metrics`,
        `${inner}%2Fmetrics`,
        `${inner}%5Cmetrics`,
        `${prefix}/%6detrics`,
    ];
}
