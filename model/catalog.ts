import type {
    BackingServiceDeclaration,
    BackingServiceIntent,
    Catalog,
    IngressGateway,
    ServiceDeclaration,
    ServiceIntent,
} from "./intents.ts";
import { backingServiceSchema, serviceSchema } from "./intents.ts";
import { plainCopy } from "./plain.ts";

/** A declaration as a schema completes it. What is not sound stays as it is: `stack/catalog.ts` says of all at once why. */
function completed(
    declaration: unknown,
    schema: typeof serviceSchema | typeof backingServiceSchema,
): unknown {
    const { copy, faults } = plainCopy(declaration);
    return (faults.length === 0 && schema.safeParse(copy).data) || declaration;
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
    return completed(declaration, serviceSchema) as ServiceIntent<Name, Caller, Callee>;
}

/** States what a backing service is: a TCP server that microservices of the mesh call. */
export function defineBackingService<const Name extends string>(
    declaration: BackingServiceDeclaration<Name>,
): BackingServiceIntent<Name> {
    return completed(declaration, backingServiceSchema) as BackingServiceIntent<Name>;
}

type KeyOfEach<T> = T extends unknown ? keyof T : never;
type CallersOf<S extends readonly ServiceIntent[]> = KeyOfEach<S[number]["callers"]>;
type BackingOf<S extends readonly ServiceIntent[]> = S[number]["backing"][number];
type Unknown<Used, Known> = [Exclude<Used, Known>] extends [never]
    ? unknown
    : { readonly "not in the catalogue": Exclude<Used, Known> };

/**
 * Lists the services of a mesh. A caller or a backing service that is not in the list does not compile; what the
 * compiler cannot see is said when the catalogue is read, together with what is wrong with the stack.
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
