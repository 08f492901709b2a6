import { z } from "zod";
import type { Duration } from "./duration.ts";
import { DURATIONS, isDuration } from "./duration.ts";
import { SERVICE_NAME_LENGTH } from "./mesh.ts";
import {
    isDnsLabel,
    isHeaderName,
    isHeaderValue,
    isPinnedImage,
    isScheme,
    isVariable,
    LABEL_LENGTH,
    SCHEME_LENGTH,
} from "./names.ts";
import { isPlainPath, normalPrefix } from "./paths.ts";
import { PROXY_PORTS, PROXY_USER } from "./platform-names.ts";
import { reservedWorkload } from "./reserved-names.ts";

export type { Duration } from "./duration.ts";
export type { IngressGateway } from "./reserved-names.ts";
export { INGRESS_GATEWAY } from "./reserved-names.ts";

/** Text that a function says of what would be allowed instead. */
function judged<Text extends string>(
    problemOf: (text: string) => string | undefined,
): z.ZodCustom<Text, Text> {
    return z.custom<Text>((value) => typeof value === "string" && problemOf(value) === undefined, {
        error: ({ input }) => problemOf(typeof input === "string" ? input : "") ?? "text",
    });
}

/** Text that is held to a grammar, which is said in words. */
function text<Text extends string>(
    holds: (text: string) => boolean,
    allowed: string,
): z.ZodCustom<Text, Text> {
    return z.custom<Text>((value) => typeof value === "string" && holds(value), allowed);
}

/** A whole number between two others. */
export function wholeNumber(from: number, to: number): z.ZodCustom<number, number> {
    return number(from, to, () => true, `a whole number from ${from} to ${to}`);
}

/** A whole number between two others, of which not every one will do. */
function number(
    from: number,
    to: number,
    holds: (value: number) => boolean,
    allowed: string,
): z.ZodCustom<number, number> {
    return z.custom<number>(
        (value) =>
            typeof value === "number" &&
            Number.isInteger(value) &&
            value >= from &&
            value <= to &&
            holds(value),
        allowed,
    );
}

type AtLeastOne<Item> = readonly [Item, ...Item[]];

/** A list that is not empty: Istio reads an empty one as no condition at all. Zod has no type for it but that of tuples. */
function atLeastOne<Item extends z.ZodType>(
    item: Item,
): z.ZodType<AtLeastOne<z.output<Item>>, AtLeastOne<z.input<Item>>> {
    const list: z.ZodType = z.array(item).min(1, "a list with at least one entry").readonly();
    return list as z.ZodType<AtLeastOne<z.output<Item>>, AtLeastOne<z.input<Item>>>;
}

/** Istio's and Envoy's largest number. */
const INT32 = 2_147_483_647;
/** Pods of one version, which a stack's configuration may not exceed either. */
export const MOST_REPLICAS = 100;
/** More tries than these are an attack on oneself. */
const MOST_ATTEMPTS = 100;
const PATH_LENGTH = 1024;
const TEXT_LENGTH = 32_768;

const duration = text<Duration>(isDuration, DURATIONS);
const limit = wholeNumber(1, INT32);
const label = text<string>(
    isDnsLabel,
    `a DNS label: lower-case letters, digits and -, at most ${LABEL_LENGTH}`,
);
const image = text<string>(
    isPinnedImage,
    "an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0",
);
/** No process can be given a text with NUL in it. */
const plainText = text<string>(
    (value) => value.length <= TEXT_LENGTH && !value.includes("\0"),
    `text of at most ${TEXT_LENGTH} characters`,
);
const name = judged<string>((value) => {
    const reserved = reservedWorkload(value);
    if (reserved !== undefined) {
        return `a name that is not reserved: ${reserved}`;
    }
    return isDnsLabel(value, SERVICE_NAME_LENGTH)
        ? undefined
        : `a DNS label: lower-case letters, digits and -, a letter first, at most ${SERVICE_NAME_LENGTH} characters`;
});
const variable = judged<string>((value) => {
    if (value === "PORT") {
        return "a variable of its own: PORT is the service's port";
    }
    return isVariable(value) ? undefined : "the name of an environment variable, such as NATS_URL";
});
const port = number(
    1,
    65_535,
    (value) => value < PROXY_PORTS.first || value > PROXY_PORTS.last,
    `1 to 65535 without Istio's own ${PROXY_PORTS.first} to ${PROXY_PORTS.last}`,
);
const user = number(
    1,
    INT32,
    (value) => value !== PROXY_USER,
    `a user's number from 1 to ${INT32}: neither root nor ${PROXY_USER}, whose traffic passes by the proxy`,
);
const exactPath = text<`/${string}`>(
    (value) => value.length <= PATH_LENGTH && isPlainPath(value) && !value.endsWith("*"),
    "a path such as /health, as proxies see it: without //, dot segments, escapes, wildcards and a slash at its end",
);
const prefix = text<`/${string}`>(
    (value) =>
        value.length <= PATH_LENGTH &&
        value.startsWith("/") &&
        !value.includes("//") &&
        isPlainPath(normalPrefix(value as `/${string}`)) &&
        !value.endsWith("*"),
    "a prefix such as /orders, as proxies see it: without //, dot segments, escapes and wildcards",
).transform(normalPrefix);
const pattern = text<`/${string}`>(
    (value) => value.length <= PATH_LENGTH && isPlainPath(value),
    "an exact path as proxies see it, or one that ends in /*",
);

const httpMethod = z.enum(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"]);
export type HttpMethod = z.infer<typeof httpMethod>;

const retryCondition = z.enum([
    "5xx",
    "gateway-error",
    "reset",
    "connect-failure",
    "refused-stream",
    "retriable-4xx",
]);
/** Envoy's conditions to try a request again, as in a VirtualService's `retryOn`. */
export type RetryCondition = z.infer<typeof retryCondition>;

const httpPermission = z
    .strictObject({
        /** Each of them on each of the paths. */
        methods: atLeastOne(httpMethod),
        /** Exact paths; a trailing `/*` allows everything below. Each must be below the prefix of a route. */
        paths: atLeastOne(pattern),
    })
    .readonly();
/** Requests a caller may make: every method on every path of one entry. */
export type HttpPermission = z.infer<typeof httpPermission>;

/** Request header that makes a POST or PATCH idempotent where a route with retries names no other. */
export const DEFAULT_IDEMPOTENCY_HEADER = "Idempotency-Key";

const headerName = text<string>(
    isHeaderName,
    "the name of a request header: letters, digits and -, and none of uri, scheme, method and authority",
);

const retry = z
    .strictObject({
        /** Tries after the first one, 0 to 100: 3 means up to four requests. */
        attempts: wholeNumber(0, MOST_ATTEMPTS),
        /** Each try ends after this; `1ms` to `24h`. */
        perTryTimeout: duration,
        /** Envoy's conditions to try again, one at least. */
        on: atLeastOne(retryCondition),
        /**
         * Request header that makes POST and PATCH idempotent. Without it they are retried only where the request
         * cannot have reached the application. Default: `Idempotency-Key`.
         */
        idempotencyHeader: headerName.default(DEFAULT_IDEMPOTENCY_HEADER),
    })
    .readonly();
/** How often, how long and on which answers a request is tried again. */
export type RetryIntent = z.infer<typeof retry>;

const route = z
    .strictObject({
        /** Begins the paths of the route, compared as text; a slash at its end counts for nothing. */
        prefix,
        /** The whole request with all its tries ends after this; `1ms` to `24h`. */
        timeout: duration,
        /** Default: none, and the mesh's default of two is switched off. */
        retries: retry.exactOptional(),
    })
    .readonly();
/** One path prefix with its time limit and its retries. */
export type RouteIntent = z.infer<typeof route>;
/** A route as it is declared. */
export type RouteDeclaration = z.input<typeof route>;

const httpConnectionPool = z
    .strictObject({
        /** TCP connections of each caller's proxy to the service, from 1. */
        maxConnections: limit,
        /** Requests that wait for a connection, from 1. */
        http1MaxPendingRequests: limit,
        /** Requests under way, from 1. */
        http2MaxRequests: limit,
        /** Requests after which a connection is closed, from 1. Default: unlimited. */
        maxRequestsPerConnection: limit.exactOptional(),
    })
    .readonly();
/** How much each caller's proxy has under way to a service, and the service's own proxy for its pod. */
export type HttpConnectionPool = z.infer<typeof httpConnectionPool>;

const outlierDetection = z
    .strictObject({
        /** Errors in a row that eject a pod, from 1. */
        consecutive5xxErrors: limit,
        /** How often pods are judged; `1ms` to `24h`. */
        interval: duration,
        /** How long a pod is out, times how often it has been; `1ms` to `24h`. */
        baseEjectionTime: duration,
        /** Percent, 1 to 100. Acts only where `(ejected + 1) * 100 / replicas` fits in it. */
        maxEjectionPercent: wholeNumber(1, 100),
        /** Percent, 0 to 100. Below this healthy share Envoy ignores ejections. Default: 0, never. */
        minHealthPercent: wholeNumber(0, 100).default(0),
    })
    .readonly();
/** When a pod is taken out of the callers' balancing, and for how long. */
export type OutlierDetection = z.infer<typeof outlierDetection>;

const headerMatch = z
    .strictObject({
        /** In any case; proxies compare names in lower case. */
        name: headerName,
        /** Compared as a whole, case and all. */
        value: text<string>(isHeaderValue, "text of at most 256 characters without spaces"),
    })
    .readonly();
/** A request header and the value that it must have. */
export type HeaderMatch = z.infer<typeof headerMatch>;

const version = z
    .strictObject({
        /** Value of the `version` label and name of the subset, for example `v1`. */
        name: label,
        /** Percent of the traffic; the weights of a service sum to 100. */
        weight: wholeNumber(0, 100),
        /** With its tag or digest. Default: the service's image. */
        image: image.exactOptional(),
        /** Requests with exactly this header go to this version alone, whatever the weights. Default: none. */
        header: headerMatch.exactOptional(),
    })
    .readonly();
/** One deployed version of a service: a subset, a Deployment and its share of the traffic. */
export type VersionIntent = z.infer<typeof version>;

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

/** User id of a container that does not need another one: neither root, nor 1337, whose traffic passes by the proxy. */
export const DEFAULT_USER = 10001;

/** Version of a service that has no other. */
export const STABLE_VERSION = "v1";

/** What every workload of the mesh states, whatever protocol it speaks. */
const workload = {
    /** Name of the Service, of its ServiceAccount and of the `app` label; at most 52 characters. */
    name,
    /** Port on which the container serves, 1 to 65535 without those of Istio's proxy. */
    port,
    /** Image with its tag; stack config may replace tag and digest. */
    image,
    /** User id the container runs as. Default: 10001. */
    runAsUser: user.default(DEFAULT_USER),
};

/**
 * A microservice that speaks HTTP, as a file in `services/` declares it: everything the mesh owes it follows from this.
 */
export const serviceSchema = z
    .strictObject({
        ...workload,
        /** What it speaks. Default, and nothing else is allowed: `http`. */
        protocol: z.literal("http").default("http"),
        /** Public host below the mesh's domain, for example `order` for `order.a4co.local`. Default: none. */
        hostname: label.exactOptional(),
        /** Path prefixes with their timeout and retries; the first one also carries `<prefix>/metrics`. */
        routes: atLeastOne(route),
        /** Who may call what. A caller that is not listed is refused. */
        callers: z
            .record(
                z.string(),
                z
                    .array(httpPermission)
                    .min(1, "what the caller may do, or no word of it")
                    .readonly(),
            )
            .readonly(),
        /** Backing services it calls. Default: none. */
        backing: z.array(z.string()).readonly().default([]),
        /** Limits of what is under way to it. */
        connectionPool: httpConnectionPool,
        /** When a pod that fails is taken out of the balancing. */
        outlierDetection,
        /** Default: Istio's own. */
        loadBalancing: z.enum(["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"]).exactOptional(),
        /** A PeerAuthentication of its own that states STRICT for the port as well. Default: false. */
        portLevelMtls: z.boolean().default(false),
        /** Pods of each version unless stack config says otherwise, 1 to 100. Default: 2. */
        replicas: wholeNumber(1, MOST_REPLICAS).default(2),
        /** Deployed versions with their shares of the traffic. Default: `v1` alone. */
        versions: atLeastOne(version).default([{ name: STABLE_VERSION, weight: 100 }]),
        /**
         * Requests with header `x-mesh-probe` are answered and change nothing. Otherwise `mesh verify` makes no request to
         * it that could change state, and says what it left out. Default: false.
         */
        honoursProbeHeader: z.boolean().default(false),
        /** Path that answers 200 while the service is healthy. Default: `/health`. */
        healthPath: exactPath.default("/health"),
        /** Environment variables beyond those the mesh derives. Never a secret. Default: none. */
        env: z.record(z.string(), plainText).readonly().default({}),
    })
    .readonly();

/** A server the microservices need that speaks TCP in the mesh, for example NATS, as a file in `services/` declares it. */
export const backingServiceSchema = z
    .strictObject({
        ...workload,
        /** What it speaks. Default, and nothing else is allowed: `tcp`. */
        protocol: z.literal("tcp").default("tcp"),
        /** Environment variable through which a caller learns the address. */
        addressVariable: variable,
        /** Scheme of the address, for example `nats`; at most 11 characters. */
        scheme: text<string>(
            isScheme,
            `a scheme such as nats: lower-case letters, digits and single -, at most ${SCHEME_LENGTH}, as its port is called tcp-<scheme>`,
        ),
        /** Arguments of the container. Default: the image's. */
        args: z.array(plainText).readonly().exactOptional(),
        /** Limits of each caller's connections. */
        tcpConnectionPool: z
            .strictObject({
                /** TCP connections of each caller's proxy, from 1. */
                maxConnections: limit,
                /** A connection that takes longer is given up; `1ms` to `24h`. */
                connectTimeout: duration,
            })
            .readonly(),
    })
    .readonly();

/** Everything one mesh consists of. */
export const catalogSchema = z
    .strictObject({
        services: z.array(serviceSchema).readonly(),
        backing: z.array(backingServiceSchema).readonly(),
    })
    .readonly();

/** Fields whose types say which names there are, so that the compiler can compare them. */
interface ServiceNames<Name extends string, Caller extends string, Callee extends string> {
    /** Name of the Service, of its ServiceAccount and of the `app` label; at most 52 characters. */
    readonly name: Name;
    /** Who may call what. A caller that is not listed is refused. */
    readonly callers: Readonly<Partial<Record<Caller, readonly HttpPermission[]>>>;
    /** Backing services it calls. */
    readonly backing: readonly Callee[];
}

/** A microservice, complete: what its declaration leaves out is filled in by `defineService`. */
export interface ServiceIntent<
    Name extends string = string,
    Caller extends string = string,
    Callee extends string = string,
>
    extends
        Omit<z.output<typeof serviceSchema>, keyof ServiceNames<Name, Caller, Callee>>,
        ServiceNames<Name, Caller, Callee> {}

/** A microservice as a file in `services/` declares it. */
export interface ServiceDeclaration<
    Name extends string = string,
    Caller extends string = string,
    Callee extends string = string,
>
    extends
        Omit<z.input<typeof serviceSchema>, keyof ServiceNames<Name, Caller, Callee>>,
        Omit<ServiceNames<Name, Caller, Callee>, "backing">,
        Partial<Pick<ServiceNames<Name, Caller, Callee>, "backing">> {}

/** A backing service, complete. */
export interface BackingServiceIntent<Name extends string = string> extends Omit<
    z.output<typeof backingServiceSchema>,
    "name"
> {
    /** Name of the Service, of its ServiceAccount and of the `app` label; at most 52 characters. */
    readonly name: Name;
}

/** A backing service as a file in `services/` declares it. */
export interface BackingServiceDeclaration<Name extends string = string> extends Omit<
    z.input<typeof backingServiceSchema>,
    "name"
> {
    /** Name of the Service, of its ServiceAccount and of the `app` label; at most 52 characters. */
    readonly name: Name;
}

/** Everything one mesh consists of. */
export interface Catalog<
    Services extends readonly ServiceIntent[] = readonly ServiceIntent[],
    Backing extends readonly BackingServiceIntent[] = readonly BackingServiceIntent[],
> {
    readonly services: Services;
    readonly backing: Backing;
}
