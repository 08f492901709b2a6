import type {
    BackingServiceIntent,
    Catalog,
    IngressGateway,
    OutlierDetection,
    RetryIntent,
    RouteIntent,
    ServiceIntent,
} from "./intents.ts";
import { normalPrefix } from "./paths.ts";

/** User id of a container that does not need another one: neither root, nor 1337, whose traffic passes by the proxy. */
export const DEFAULT_USER = 10001;

/** Version of a service that has no other. */
export const STABLE_VERSION = "v1";

/** What holds for a service that says nothing else. */
const SERVICE_DEFAULTS = {
    runAsUser: DEFAULT_USER,
    backing: [],
    portLevelMtls: false,
    replicas: 2,
    versions: [{ name: STABLE_VERSION, weight: 100 }],
    honoursProbeHeader: false,
    healthPath: "/health",
    env: {},
} satisfies Partial<ServiceIntent<string, string, never>>;

/** Request header that makes a POST or PATCH idempotent where a route with retries names no other. */
export const DEFAULT_IDEMPOTENCY_HEADER = "Idempotency-Key";

/** What a declaration may leave out. */
type Optional<T, Keys extends keyof T> = Omit<T, Keys> & Partial<Pick<T, Keys>>;

/** A route as it is declared. */
export interface RouteDeclaration extends Omit<RouteIntent, "retries"> {
    /** Default: none, and the mesh's default of two is switched off. */
    readonly retries?: Optional<RetryIntent, "idempotencyHeader">;
}

/** A microservice as a file in `services/` declares it. */
export interface ServiceDeclaration<
    Name extends string = string,
    Caller extends string = string,
    Callee extends string = string,
> extends Optional<
    Omit<ServiceIntent<Name, Caller, Callee>, "protocol" | "routes" | "outlierDetection">,
    keyof typeof SERVICE_DEFAULTS
> {
    /** Path prefixes with their timeout and retries; the first one also carries `<prefix>/metrics`. */
    readonly routes: readonly [RouteDeclaration, ...RouteDeclaration[]];
    readonly outlierDetection: Optional<OutlierDetection, "minHealthPercent">;
}

/** A backing service as a file in `services/` declares it. */
export type BackingServiceDeclaration<Name extends string = string> = Optional<
    Omit<BackingServiceIntent<Name>, "protocol">,
    "runAsUser"
>;

function completeRoute({ retries, ...declared }: RouteDeclaration): RouteIntent {
    const route = { ...declared, prefix: normalPrefix(declared.prefix) };
    return retries === undefined
        ? route
        : {
              ...route,
              retries: { idempotencyHeader: DEFAULT_IDEMPOTENCY_HEADER, ...retries },
          };
}

/**
 * States what a microservice is, and fills in what it leaves out: whoever reads it later reads complete values. The
 * names of its callers and backing services stay in the type, so that {@link defineCatalog} can compare them with the
 * services that exist.
 */
export function defineService<
    const Name extends string,
    const Caller extends string,
    const Callee extends string = never,
>(declaration: ServiceDeclaration<Name, Caller, Callee>): ServiceIntent<Name, Caller, Callee> {
    const [first, ...others] = declaration.routes;
    return {
        ...SERVICE_DEFAULTS,
        ...declaration,
        protocol: "http",
        routes: [completeRoute(first), ...others.map(completeRoute)],
        outlierDetection: { minHealthPercent: 0, ...declaration.outlierDetection },
    };
}

/** States what a backing service is: a TCP server that microservices of the mesh call. */
export function defineBackingService<const Name extends string>(
    declaration: BackingServiceDeclaration<Name>,
): BackingServiceIntent<Name> {
    return { runAsUser: DEFAULT_USER, ...declaration, protocol: "tcp" };
}

type KeyOfEach<T> = T extends unknown ? keyof T : never;
type CallersOf<S extends readonly ServiceIntent[]> = KeyOfEach<S[number]["callers"]>;
type BackingOf<S extends readonly ServiceIntent[]> = S[number]["backing"][number];
type Unknown<Used, Known> = [Exclude<Used, Known>] extends [never]
    ? unknown
    : { readonly "not in the catalogue": Exclude<Used, Known> };

/**
 * Lists the services of a mesh. A caller or a backing service that is not in the list does not compile; what the
 * compiler cannot see is reported by {@link catalogProblems}.
 */
export function defineCatalog<
    const Services extends readonly ServiceIntent[],
    const Backing extends readonly BackingServiceIntent[],
>(catalog: {
    readonly services: Services &
        Unknown<CallersOf<Services>, Services[number]["name"] | IngressGateway> &
        Unknown<BackingOf<Services>, Backing[number]["name"]>;
    readonly backing: Backing;
}): Catalog<Services, Backing> {
    return catalog;
}

/** Everything of a catalogue that runs in pods: its services, then its backing services. */
export function workloadsOf({
    services,
    backing,
}: Catalog): readonly (ServiceIntent | BackingServiceIntent)[] {
    return [...services, ...backing];
}
