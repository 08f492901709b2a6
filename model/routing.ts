import type { ISidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { edgesFrom } from "./authorization.ts";
import { poolSpec, tcpPoolSpec } from "./destination-rule.ts";
import type {
    BackingServiceIntent,
    Catalog,
    Duration,
    HeaderMatch,
    RetryCondition,
    RetryIntent,
    RouteIntent,
    ServiceIntent,
    VersionIntent,
} from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { clusterHost, experimentName, gatewayName, publicHost } from "./mesh.ts";
import { pathBelow } from "./paths.ts";
import { IDEMPOTENT_METHODS } from "./requests.ts";

type VirtualServiceSpec = NonNullable<IVirtualService["spec"]>;
export type HttpRoute = NonNullable<VirtualServiceSpec["http"]>[number];
type HttpRetry = NonNullable<HttpRoute["retries"]>;
type HttpMatch = NonNullable<HttpRoute["match"]>[number];
type SidecarSpec = NonNullable<ISidecar["spec"]>;

/** A fault that the callers' proxies make on a share of the requests to one service. */
export interface FaultIntent {
    readonly delay?: { readonly fixedDelay: Duration; readonly percent: number };
    readonly abort?: { readonly httpStatus: number; readonly percent: number };
}

/**
 * Conditions under which the request cannot have reached the application, so that even a POST without an idempotency
 * key may be tried again. Retrying on `5xx` would send it again after it was carried out: a second payment.
 */
const NOT_YET_DELIVERED: readonly RetryCondition[] = ["connect-failure", "refused-stream"];

/** Path under which a service shows its metrics: `<first prefix>/metrics`, and `/metrics` below `/`. */
export function metricsPath(service: ServiceIntent): string {
    return pathBelow(service.routes[0].prefix, "metrics");
}

/** Whether the ingress gateway may call a service. */
export function isExposed(service: ServiceIntent): boolean {
    return INGRESS_GATEWAY in service.callers;
}

function faultOf({ delay, abort }: FaultIntent): NonNullable<HttpRoute["fault"]> {
    return {
        ...(delay && {
            delay: { fixedDelay: delay.fixedDelay, percentage: { value: delay.percent } },
        }),
        ...(abort && {
            abort: { httpStatus: abort.httpStatus, percentage: { value: abort.percent } },
        }),
    };
}

function retriesOf(retries: RetryIntent): HttpRetry {
    return {
        attempts: retries.attempts,
        perTryTimeout: retries.perTryTimeout,
        retryOn: retries.on.join(","),
    };
}

/** Without a per-try timeout: with these conditions it would not start another try, only end the request earlier. */
function retriesBeforeDelivery(retries: RetryIntent): HttpRetry {
    return { attempts: retries.attempts, retryOn: NOT_YET_DELIVERED.join(",") };
}

/** The header must not be empty: a presence match would take an empty key for one. */
function idempotentMatches(prefix: string, retries: RetryIntent): HttpMatch[] {
    const header = retries.idempotencyHeader.toLowerCase();
    return [
        { uri: { prefix }, method: { regex: IDEMPOTENT_METHODS.join("|") } },
        { uri: { prefix }, headers: { [header]: { regex: ".+" } } },
    ];
}

/** Where the requests of a route go: one version, or all of them by their weights. */
interface Destination {
    /** Beyond the prefix, what a request must have to go there. */
    readonly header?: HeaderMatch;
    readonly versions: readonly VersionIntent[];
    /** Appended to the name of the route. */
    readonly suffix: string;
}

/** Versions that are chosen by a header come first: the rest takes whatever is left. */
function destinationsOf(service: ServiceIntent): Destination[] {
    const versions = service.versions;
    return [
        ...versions.flatMap(({ header, ...version }) =>
            header === undefined
                ? []
                : [{ header, versions: [{ ...version, weight: 100 }], suffix: `-${version.name}` }],
        ),
        { versions, suffix: "" },
    ];
}

function withHeader(matches: readonly HttpMatch[], header: HeaderMatch | undefined): HttpMatch[] {
    return header === undefined
        ? [...matches]
        : matches.map((match) => ({
              ...match,
              headers: { ...match.headers, [header.name.toLowerCase()]: { exact: header.value } },
          }));
}

function routesOf(
    route: RouteIntent,
    service: ServiceIntent,
    context: MeshContext,
    fault: FaultIntent | undefined,
): HttpRoute[] {
    return destinationsOf(service).flatMap(({ header, versions, suffix }) => {
        const name = `${route.prefix.slice(1).replaceAll("/", "-") || "root"}${suffix}`;
        const common = {
            timeout: route.timeout,
            ...(fault && { fault: faultOf(fault) }),
            route: versions.map((version) => ({
                destination: {
                    host: clusterHost(service.name, context),
                    subset: version.name,
                    port: { number: service.port },
                },
                weight: version.weight,
            })),
        };
        const match = withHeader([{ uri: { prefix: route.prefix } }], header);
        const rest = { name, match, ...common };
        const { retries } = route;
        // Zero is written out: a route without `retries` gets the mesh's default of two.
        if (retries === undefined || retries.attempts === 0) {
            return [{ ...rest, retries: { attempts: 0 } }];
        }
        return [
            {
                name: `${name}-idempotent`,
                match: withHeader(idempotentMatches(route.prefix, retries), header),
                ...common,
                retries: retriesOf(retries),
            },
            { ...rest, retries: retriesBeforeDelivery(retries) },
        ];
    });
}

/**
 * A place where an experiment for a time can be put without a change to this object: a second VirtualService for the
 * same host would be ignored by the sidecars. Istio drops a route whose delegate does not exist.
 */
function experimentRoute(service: ServiceIntent, { namespace }: MeshContext): HttpRoute {
    return {
        name: "experiment",
        // Every request has one. By the prefix / Istio would warn of each later route that it cannot be reached.
        match: [{ authority: { regex: ".+" } }],
        delegate: { name: experimentName(service.name), namespace },
    };
}

/** Metrics are for Prometheus, which reads them inside the pod: at the edge their path does not exist. */
function hideMetricsAtTheEdge(service: ServiceIntent, context: MeshContext): HttpRoute {
    const gateways = [gatewayName(context)];
    const path = metricsPath(service);
    return {
        name: "metrics-at-the-edge",
        match: [
            { uri: { exact: path }, gateways },
            { uri: { prefix: `${path}/` }, gateways },
        ],
        directResponse: { status: 404 },
    };
}

/** Where the requests to a service go, with its timeouts, retries and weights: one pair of routes for each prefix. */
export function serviceRoutes(
    service: ServiceIntent,
    context: MeshContext,
    fault?: FaultIntent,
): HttpRoute[] {
    return service.routes.flatMap((route) => routesOf(route, service, context, fault));
}

/** Hosts, gateways and routes of a service: one pair of routes for each declared prefix. */
export function virtualServiceSpec(
    service: ServiceIntent,
    context: MeshContext,
    fault?: FaultIntent,
): VirtualServiceSpec {
    const exposed = isExposed(service);
    return {
        hosts: [
            service.name,
            ...(service.hostname === undefined ? [] : [publicHost(service.hostname, context)]),
        ],
        gateways: [...(exposed ? [gatewayName(context)] : []), "mesh"],
        http: [
            ...(exposed ? [hideMetricsAtTheEdge(service, context)] : []),
            experimentRoute(service, context),
            ...serviceRoutes(service, context, fault),
        ],
    };
}

/**
 * What a service's proxy takes and needs to know: its pool's limits over all callers together; the services that list
 * it as a caller, its backing services, the platform.
 */
export function sidecarSpec(
    service: ServiceIntent,
    catalog: Catalog,
    context: MeshContext,
): SidecarSpec {
    const callees = [
        ...edgesFrom(service.name, catalog)
            .filter(({ permissions }) => permissions !== undefined)
            .map(({ callee }) => callee),
        ...service.backing,
    ];
    return {
        ...scopeOf(service.name, callees, context),
        // The callers' limits hold for each of them alone. Without a word here the pod itself would have none: istiod
        // reads a DestinationRule's pool for the server only where its own host is among the ones it calls.
        inboundConnectionPool: poolSpec(service.connectionPool),
    };
}

/** The same for a backing service, which calls nobody: of others its proxy needs to know where spans go. */
export function backingSidecarSpec(
    service: BackingServiceIntent,
    context: MeshContext,
): SidecarSpec {
    return {
        ...scopeOf(service.name, [], context),
        inboundConnectionPool: tcpPoolSpec(service),
    };
}

/** A scope must name some host; this is Istio's word for none. */
const NO_HOST = "~/*";

function scopeOf(
    workload: string,
    callees: readonly string[],
    context: MeshContext,
): Pick<SidecarSpec, "workloadSelector" | "egress"> {
    const hosts = [
        ...callees.map((callee) => `./${clusterHost(callee, context)}`),
        // Without it the proxy gets no cluster for the tracing provider and drops every span. Nothing else of the platform:
        // on each port that a proxy knows for HTTP it adds the trace's context to requests for hosts outside as well.
        ...(context.collector === undefined ? [] : [context.collector]),
    ];
    return {
        workloadSelector: { labels: { app: workload } },
        egress: [{ hosts: hosts.length > 0 ? hosts : [NO_HOST] }],
    };
}
