import { DEFAULT_IDEMPOTENCY_HEADER } from "#model/intents.ts";
import { milliseconds } from "#model/duration.ts";
import type { HttpMethod, HttpPermission, ServiceIntent } from "#model/intents.ts";
import { isIdempotent, isWildcard, routeOf } from "#model/requests.ts";

/** A request that a caller is allowed to make. */
export interface RequestShape {
    readonly method: HttpMethod;
    readonly path: string;
    /** Values may hold `{n}`, which is another number in each request. */
    readonly headers: Readonly<Record<string, string>>;
}

/** The kinds of requests that routes treat differently. */
export interface RequestKinds {
    /** May change something and must not be repeated; `undefined` where the caller may make none. */
    readonly once?: RequestShape;
    /** May be repeated: the same with an idempotency key, or a method that is idempotent by itself. */
    readonly repeatable?: RequestShape;
}

/** One request of each kind that a caller may make of a service; a path with a wildcard is not one to ask for. */
export function requestKinds(service: ServiceIntent, caller: string): RequestKinds {
    const permissions = service.callers[caller] ?? [];
    const once = firstOf(permissions, (method) => !isIdempotent(method));
    const safe = firstOf(permissions, isIdempotent);
    if (once === undefined) {
        return safe === undefined ? {} : { repeatable: safe };
    }
    const key =
        routeOf(service, once.path)?.retries?.idempotencyHeader ?? DEFAULT_IDEMPOTENCY_HEADER;
    return { once, repeatable: { ...once, headers: { [key.toLowerCase()]: "{n}" } } };
}

/** A request that no proxy sends again when its answer is an error; `undefined` where the caller may make none. */
function singleTry(service: ServiceIntent, caller: string): RequestShape | undefined {
    const { once, repeatable } = requestKinds(service, caller);
    return once ?? (repeatable && attemptsOf(service, repeatable) === 0 ? repeatable : undefined);
}

/** Why a caller has nothing to ask of a service, if so. */
export function noRequest(service: ServiceIntent, caller: string): string | undefined {
    return requestKinds(service, caller).repeatable === undefined
        ? `${caller} may ask ${service.name} for no path without a wildcard`
        : undefined;
}

/** Why a caller cannot see a replica's errors, if so: what may be repeated is tried again elsewhere. */
export function noSingleTry(service: ServiceIntent, caller: string): string | undefined {
    return singleTry(service, caller) === undefined
        ? `${caller} may make no request of ${service.name} that is not tried again`
        : undefined;
}

/** The request that {@link noSingleTry} looks for. */
export function singleTryOf(service: ServiceIntent, caller: string): RequestShape {
    return required(singleTry(service, caller));
}

/** A request that a scenario which applies can make. */
export function required(request: RequestShape | undefined): RequestShape {
    if (request === undefined) {
        throw new TypeError("the scenario does not apply: its caller has no such request");
    }
    return request;
}

/** Milliseconds that a request may take by its route. */
export function timeoutOf(service: ServiceIntent, { path }: RequestShape): number {
    return milliseconds((routeOf(service, path) ?? service.routes[0]).timeout);
}

/** How often a request is tried again at most, where it may be. */
export function attemptsOf(service: ServiceIntent, { path }: RequestShape): number {
    return routeOf(service, path)?.retries?.attempts ?? 0;
}

function firstOf(
    permissions: readonly HttpPermission[],
    wanted: (method: HttpMethod) => boolean,
): RequestShape | undefined {
    return permissions.flatMap(({ methods, paths }) =>
        methods
            .filter(wanted)
            .flatMap((method) =>
                paths
                    .filter((path) => !isWildcard(path))
                    .map((path): RequestShape => ({ method, path, headers: {} })),
            ),
    )[0];
}
