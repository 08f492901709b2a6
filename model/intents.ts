/** A duration as Istio writes it: a number and a unit, for example `2s`, `500ms`, `1m`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;

export type HttpMethod = "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "POST" | "PATCH";

/** Envoy's conditions to try a request again, as in a VirtualService's `retryOn`. */
export type RetryCondition =
    "5xx" | "gateway-error" | "reset" | "connect-failure" | "refused-stream" | "retriable-4xx";

/** The name under which an intent lists the mesh's ingress gateway as a caller. */
export const INGRESS_GATEWAY = "ingress-gateway";
export type IngressGateway = typeof INGRESS_GATEWAY;

/** Requests a caller may make: every method on every path of one entry. */
export interface HttpPermission {
    readonly methods: readonly [HttpMethod, ...HttpMethod[]];
    /** Exact paths; a trailing `/*` allows everything below. */
    readonly paths: readonly [`/${string}`, ...`/${string}`[]];
}

/** How often, how long and on which answers a request is tried again. */
export interface RetryIntent {
    /** Tries after the first one: 3 means up to four requests. */
    readonly attempts: number;
    readonly perTryTimeout: Duration;
    readonly on: readonly RetryCondition[];
    /**
     * Request header that makes POST and PATCH idempotent. Without it they are retried only where the request
     * cannot have reached the application.
     */
    readonly idempotencyHeader: string;
}

/** One path prefix with its time limit and its retries. */
export interface RouteIntent {
    /** Compared as text; a slash at its end counts for nothing. */
    readonly prefix: `/${string}`;
    /** The whole request with all its tries ends after this. */
    readonly timeout: Duration;
    /** Default: none, and the mesh's default of two is switched off. */
    readonly retries?: RetryIntent;
}

/** How much each caller's proxy has under way to a service, and the service's own proxy for its pod. */
export interface HttpConnectionPool {
    readonly maxConnections: number;
    readonly http1MaxPendingRequests: number;
    readonly http2MaxRequests: number;
    /** Default: unlimited. */
    readonly maxRequestsPerConnection?: number;
}

/** When a pod is taken out of the callers' balancing, and for how long. */
export interface OutlierDetection {
    readonly consecutive5xxErrors: number;
    readonly interval: Duration;
    readonly baseEjectionTime: Duration;
    /** Acts only where `(ejected + 1) * 100 / replicas` fits in it. */
    readonly maxEjectionPercent: number;
    /** Below this healthy share Envoy ignores ejections; 0: never. */
    readonly minHealthPercent: number;
}

type LoadBalancing = "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM";

/** One deployed version of a service: a subset, a Deployment and its share of the traffic. */
export interface VersionIntent {
    /** Value of the `version` label and name of the subset, for example `v1`. */
    readonly name: string;
    /** Percent of the traffic; the weights of a service sum to 100. */
    readonly weight: number;
    /** Default: the service's image. */
    readonly image?: string;
    /** Requests with exactly this header go to this version alone, whatever the weights. Default: none. */
    readonly header?: HeaderMatch;
}

/** A request header and the value that it must have. */
export interface HeaderMatch {
    /** In any case; proxies compare names in lower case. */
    readonly name: string;
    readonly value: string;
}

/** A new version of a service that gets a share of the traffic until it is promoted or given up. */
export interface CanaryIntent {
    readonly image: string;
    /** Percent of the traffic, a whole number from 0 to 100; the service's own versions share the rest. */
    readonly weight: number;
    /** Requests with this header go to the canary alone, whatever its weight. Default: none. */
    readonly header?: HeaderMatch;
    /** While it is being promoted: the image that the service's own versions had, to go back to. Changes nothing itself. */
    readonly replaces?: string;
}

/** What every workload of the mesh states, whatever protocol it speaks. */
interface WorkloadIntent<Name extends string> {
    /** Name of the Service, of its ServiceAccount and of the `app` label. */
    readonly name: Name;
    readonly port: number;
    /** Image with its tag; stack config may replace tag and digest. */
    readonly image: string;
    /** User id the container runs as. */
    readonly runAsUser: number;
}

/**
 * A microservice that speaks HTTP: everything the mesh owes it follows from this. Complete: what a declaration leaves
 * out is filled in by `defineService`.
 */
export interface ServiceIntent<
    Name extends string = string,
    Caller extends string = string,
    Callee extends string = string,
> extends WorkloadIntent<Name> {
    readonly protocol: "http";
    /** Public host below the mesh's domain, for example `order` for `order.a4co.local`. Default: none. */
    readonly hostname?: string;
    /** Path prefixes with their timeout and retries; the first one also carries `<prefix>/metrics`. */
    readonly routes: readonly [RouteIntent, ...RouteIntent[]];
    /** Who may call what. A caller that is not listed is refused. */
    readonly callers: Readonly<Partial<Record<Caller, readonly HttpPermission[]>>>;
    /** Backing services it calls. */
    readonly backing: readonly Callee[];
    readonly connectionPool: HttpConnectionPool;
    readonly outlierDetection: OutlierDetection;
    /** Default: Istio's own. */
    readonly loadBalancing?: LoadBalancing;
    /** A PeerAuthentication of its own that states STRICT for the port as well. */
    readonly portLevelMtls: boolean;
    /** Pods of each version unless stack config says otherwise. */
    readonly replicas: number;
    readonly versions: readonly [VersionIntent, ...VersionIntent[]];
    /**
     * Requests with header `x-mesh-probe` are answered and change nothing. Otherwise `mesh verify` makes no request to it
     * that could change state, and says what it left out.
     */
    readonly honoursProbeHeader: boolean;
    /** Path that answers 200 while the service is healthy. */
    readonly healthPath: `/${string}`;
    /** Environment variables beyond those the mesh derives. Never a secret. */
    readonly env: Readonly<Record<string, string>>;
}

/** A server the microservices need that speaks TCP in the mesh, for example NATS. */
export interface BackingServiceIntent<Name extends string = string> extends WorkloadIntent<Name> {
    readonly protocol: "tcp";
    /** Environment variable through which a caller learns the address, and the address's scheme. */
    readonly addressVariable: string;
    readonly scheme: string;
    readonly args?: readonly string[];
    readonly tcpConnectionPool: {
        readonly maxConnections: number;
        readonly connectTimeout: Duration;
    };
}

/** Everything one mesh consists of. */
export interface Catalog<
    Services extends readonly ServiceIntent[] = readonly ServiceIntent[],
    Backing extends readonly BackingServiceIntent[] = readonly BackingServiceIntent[],
> {
    readonly services: Services;
    readonly backing: Backing;
}
