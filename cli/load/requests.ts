import { DEFAULT_IDEMPOTENCY_HEADER } from "#model/catalog.ts";
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
export function singleTry(service: ServiceIntent, caller: string): RequestShape | undefined {
    const { once, repeatable } = requestKinds(service, caller);
    const retries = repeatable && routeOf(service, repeatable.path)?.retries;
    return once ?? ((retries?.attempts ?? 0) === 0 ? repeatable : undefined);
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
