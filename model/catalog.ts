import type {
    BackingServiceIntent,
    Catalog,
    IngressGateway,
    ServiceIntent,
    VersionIntent,
} from "./types.ts";

/**
 * States what a microservice is. The names of its callers and backing services stay in the type, so that
 * {@link defineCatalog} can compare them with the services that exist.
 */
export function defineService<
    const Name extends string,
    const Caller extends string,
    const Callee extends string = never,
>(
    intent: Omit<ServiceIntent<Name, Caller, Callee>, "protocol">,
): ServiceIntent<Name, Caller, Callee> {
    return { ...intent, protocol: "http" };
}

/** States what a backing service is: a TCP server that microservices of the mesh call. */
export function defineBackingService<const Name extends string>(
    intent: Omit<BackingServiceIntent<Name>, "protocol">,
): BackingServiceIntent<Name> {
    return { ...intent, protocol: "tcp" };
}

type KeyOfEach<T> = T extends unknown ? keyof T : never;
type CallersOf<S extends readonly ServiceIntent[]> = KeyOfEach<S[number]["callers"]>;
type BackingOf<S extends readonly ServiceIntent[]> = NonNullable<S[number]["backing"]>[number];
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

const FIRST_VERSION: VersionIntent = { name: "v1", weight: 100 };

/** The versions of a service; one `v1` with all the traffic where it states none. */
export function versionsOf(service: ServiceIntent): readonly [VersionIntent, ...VersionIntent[]] {
    return service.versions ?? [FIRST_VERSION];
}

/** Pods of each version of a service unless stack config says otherwise. */
export function defaultReplicas(service: ServiceIntent): number {
    return service.replicas ?? 2;
}
