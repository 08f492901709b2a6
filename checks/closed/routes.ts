import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import type {
    EnvoyHeaderChanges,
    EnvoyHeaderMatch,
    EnvoyRoute,
    EnvoyRouteConfig,
    EnvoyRouteMatch,
    EnvoyStringMatch,
    EnvoyVirtualHost,
} from "#live/proxies/envoy-types.ts";
import { CLUSTER_DOMAIN } from "#model/mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { NOWHERE } from "./doors.ts";
import { objectAt } from "./object-name.ts";
import type { Statement } from "./statement.ts";

type Spec = NonNullable<IVirtualService["spec"]>;
type HttpRoute = NonNullable<Spec["http"]>[number];
type HttpMatch = NonNullable<HttpRoute["match"]>[number];
type StringMatch = NonNullable<HttpMatch["uri"]>;

/** A declared VirtualService. */
export type DeclaredRoutes = DeclaredObject & { readonly spec: Spec };

/** Whose routes they are: those of a gateway, by the Gateway's `<namespace>/<name>`, or a sidecar's. */
export interface RouteReader {
    /** `mesh` for a sidecar. */
    readonly gateway: string;
    readonly labels: Readonly<Record<string, string>>;
}

/** Between what a route takes and what becomes of it. */
export const ARROW = " -> ";
const MESH = "mesh";
const PASSTHROUGH = "PassthroughCluster";
const FAULT_FILTER = "envoy.filters.http.fault";
/** Fields of a declared route that say nothing of where a request goes, or are compared elsewhere. */
const ELSEWHERE = [
    "name",
    "match",
    "route",
    "delegate",
    "directResponse",
    "timeout",
    "retries",
    "fault",
];
const MATCH_FIELDS = ["uri", "method", "headers", "authority", "gateways", "sourceLabels"];

/** The declared VirtualServices. */
export function virtualServicesOf(objects: readonly DeclaredObject[]): readonly DeclaredRoutes[] {
    return objects.filter((object): object is DeclaredRoutes => object.kind === "VirtualService");
}

/** Hosts of a VirtualService, short names written out as Istio does. */
export function hostsOf({ spec, metadata }: DeclaredRoutes): string[] {
    return (spec.hosts ?? []).map((host) =>
        host.includes(".") ? host : `${host}.${metadata.namespace ?? ""}.svc.${CLUSTER_DOMAIN}`,
    );
}

/** Whether a VirtualService has routes for a reader. */
export function isFor({ spec, metadata }: DeclaredRoutes, { gateway }: RouteReader): boolean {
    return (spec.gateways ?? [MESH]).some(
        (name) => qualified(name, metadata.namespace) === gateway,
    );
}

function qualified(gateway: string, namespace: string | undefined): string {
    return gateway === MESH || gateway.includes("/") ? gateway : `${namespace ?? ""}/${gateway}`;
}

/**
 * What becomes of the requests to a VirtualService's hosts, in order, a line for each match.
 *
 * @param others in which the routes that it leaves to others are found
 * @throws Error for a field that the program does not use, so that nobody can tell
 */
export function declaredRoutes(
    virtualService: DeclaredRoutes,
    others: readonly DeclaredRoutes[],
    reader: RouteReader,
): string[] {
    const { metadata, spec } = virtualService;
    return (spec.http ?? [])
        .flatMap((route) => withDelegates(route, metadata.namespace, others))
        .flatMap((route) => {
            const matches = route.match?.filter((match) =>
                takes(match, metadata.namespace, reader),
            ) ?? [{}];
            return matches.map((match) => `${matchText(match)}${ARROW}${actionText(route)}`);
        });
}

/** Hosts that the requests to a VirtualService's hosts end at, those that it leaves to others included. */
export function destinationsOf(
    { metadata, spec }: DeclaredRoutes,
    others: readonly DeclaredRoutes[],
): string[] {
    return (spec.http ?? [])
        .flatMap((route) => withDelegates(route, metadata.namespace, others))
        .flatMap(({ route = [] }) => route.map(({ destination }) => destination.host));
}

/** The routes of the VirtualService that a route leads to, under the conditions of both; none where it is not there. */
function withDelegates(
    route: HttpRoute,
    namespace: string | undefined,
    others: readonly DeclaredRoutes[],
): readonly HttpRoute[] {
    const { delegate } = route;
    if (delegate === undefined) {
        return [route];
    }
    const found = others.find(
        ({ metadata }) =>
            metadata.name === delegate.name &&
            metadata.namespace === (delegate.namespace ?? namespace),
    );
    return (found?.spec.http ?? []).map((inner) => ({
        ...inner,
        match: (route.match ?? [{}]).flatMap((outer) =>
            (inner.match ?? [{}]).map((match) => ({ ...outer, ...match })),
        ),
    }));
}

/** Istio looks at no labels where a match names a gateway. */
function takes(
    { gateways, sourceLabels }: HttpMatch,
    namespace: string | undefined,
    { gateway, labels }: RouteReader,
): boolean {
    if (gateways !== undefined && gateways.length > 0) {
        return gateways.some((name) => qualified(name, namespace) === gateway);
    }
    return Object.entries(sourceLabels ?? {}).every(([name, value]) => labels[name] === value);
}

function matchText(match: HttpMatch): string {
    refuseOthers("match", match, MATCH_FIELDS);
    const { uri, method, authority, headers = {} } = match;
    const all = [
        ...conditions({ ":method": method, ":authority": authority }),
        ...conditions(headers),
    ];
    return requestText(uri === undefined ? "/*" : textOf(uri), all);
}

function conditions(matches: Readonly<Record<string, StringMatch | undefined>>): string[] {
    return Object.entries(matches).flatMap(([name, match]) =>
        match === undefined ? [] : [`${name} ${textOf(match)}`],
    );
}

function textOf(match: StringMatch): string {
    const { exact, prefix, regex } = match as Readonly<Record<string, string | undefined>>;
    return exact ?? (prefix === undefined ? `~ ${regex ?? ""}` : `${prefix}*`);
}

function requestText(path: string, conditions: readonly string[]): string {
    return conditions.length === 0 ? path : `${path} with ${[...conditions].sort().join(" and ")}`;
}

function actionText(route: HttpRoute): string {
    refuseOthers("route", route, ELSEWHERE);
    if (route.directResponse !== undefined) {
        return `answered with ${route.directResponse.status}`;
    }
    return sharesText(
        (route.route ?? []).map(({ destination, weight, ...rest }) => {
            refuseOthers("destination", rest, []);
            const { host, subset = "", port } = destination;
            return [`outbound|${port?.number ?? 0}|${subset}|${host}`, weight ?? 100];
        }),
    );
}

function sharesText(shares: readonly (readonly [cluster: string, weight: number])[]): string {
    const used = shares.filter(([, weight]) => weight > 0);
    return used
        .map(([cluster, weight]) =>
            used.length === 1 ? clusterText(cluster) : `${weight} % ${clusterText(cluster)}`,
        )
        .sort()
        .join(", ");
}

/** `payment-service.a4co.svc.cluster.local:3006 (v1)` for `outbound|3006|v1|payment-service.a4co.svc.cluster.local`. */
export function clusterText(cluster: string): string {
    const [direction, port = "", subset = "", host = ""] = cluster.split("|");
    switch (direction) {
        case PASSTHROUGH:
            return "wherever it was sent";
        case NOWHERE:
            return "nowhere";
        case "inbound":
            return `the pod itself, port ${port}`;
        case "outbound":
            return `${host}:${port}${subset === "" ? "" : ` (${subset})`}`;
        default:
            return cluster;
    }
}

function refuseOthers(what: string, value: object, known: readonly string[]): void {
    const other = Object.keys(value).find((field) => !known.includes(field));
    if (other !== undefined) {
        throw new Error(`what ${other} of a VirtualService's ${what} becomes is not known here`);
    }
}

/** What becomes of the requests to a virtual host, in order. */
export function heldRoutes({ routes = [] }: EnvoyVirtualHost): Statement[] {
    return routes.map((route) => ({
        text: `${heldMatchText(route.match)}${ARROW}${heldActionText(route)}`,
        by: objectAt(route.metadata?.filter_metadata?.istio?.config),
    }));
}

function heldMatchText(match: EnvoyRouteMatch): string {
    const {
        path,
        prefix,
        path_separated_prefix: separated,
        safe_regex: regex,
        headers = [],
        case_sensitive: caseSensitive,
        ...others
    } = match;
    const held =
        path ??
        (prefix === undefined ? undefined : `${prefix}*`) ??
        (separated === undefined ? undefined : `${separated}/*`) ??
        `~ ${regex?.regex ?? ""}`;
    return requestText(held, [
        ...headers.map(heldHeader),
        ...(caseSensitive === false ? ["any case"] : []),
        ...Object.entries(others).map(([field, value]) => `${field} ${JSON.stringify(value)}`),
    ]);
}

function heldHeader(match: EnvoyHeaderMatch): string {
    const { name, string_match: text, invert_match: inverted } = match;
    const value = text === undefined ? JSON.stringify(match) : heldText(text);
    return `${name} ${inverted === true ? "other than " : ""}${value}`;
}

function heldText({ exact, prefix, safe_regex: regex, ...others }: EnvoyStringMatch): string {
    return (
        exact ??
        (prefix === undefined ? undefined : `${prefix}*`) ??
        (regex === undefined ? JSON.stringify(others) : `~ ${regex.regex}`)
    );
}

function heldActionText(held: EnvoyRoute): string {
    const { route, redirect, direct_response: direct } = held;
    const changes = [...headerChanges(held), ...filterSettings(held)];
    if (route === undefined) {
        const answer =
            redirect === undefined
                ? `answered with ${direct?.status ?? "nothing"}`
                : `redirected to ${JSON.stringify(redirect)}`;
        return [answer, ...changes].join(", ");
    }
    const { cluster, weighted_clusters: weighted, request_mirror_policies: mirrors = [] } = route;
    const shares = weighted?.clusters.map(({ name, weight = 0 }): [string, number] => [
        name,
        weight,
    ]) ?? [[cluster ?? JSON.stringify(route), 100] as const];
    return [
        sharesText(shares),
        ...mirrors.map((mirror) => `copied to ${clusterText(mirror.cluster ?? "")}`),
        ...REWRITES.filter((field) => field in route).map((field) => `with ${field}`),
        ...(weighted?.clusters ?? []).flatMap(headerChanges),
        ...changes,
    ].join(", ");
}

/** What may be done to a request's path and host on its way. */
const REWRITES = [
    "prefix_rewrite",
    "regex_rewrite",
    "path_rewrite_policy",
    "host_rewrite_literal",
    "host_rewrite_header",
    "host_rewrite_path_regex",
    "cluster_header",
] as const;

function headerChanges(changes: EnvoyHeaderChanges): string[] {
    return (
        [
            "request_headers_to_add",
            "request_headers_to_remove",
            "response_headers_to_add",
            "response_headers_to_remove",
        ] as const
    ).flatMap((field) =>
        changes[field] === undefined ? [] : [`${field} ${JSON.stringify(changes[field])}`],
    );
}

/** Settings of filters for a route or a host alone; a fault is compared with the declared one elsewhere. */
function filterSettings({
    typed_per_filter_config: settings = {},
}: Pick<EnvoyRouteConfig, "typed_per_filter_config">): string[] {
    return Object.keys(settings)
        .filter((filter) => filter !== FAULT_FILTER)
        .map((filter) => `with settings of its own for ${filter}`);
}

/** What a virtual host or a set of them does to every request, whatever its route. */
export function heldBesideRoutes(held: EnvoyHeaderChanges & EnvoyRouteConfig): string[] {
    return [...headerChanges(held), ...filterSettings(held)];
}
