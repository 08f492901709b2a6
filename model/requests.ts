import type { HttpMethod, HttpPermission, RouteIntent, ServiceIntent } from "./intents.ts";

/** Methods that change nothing: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
export const SAFE_METHODS: readonly HttpMethod[] = ["GET", "HEAD", "OPTIONS"];
/** Methods that may be repeated: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2, without those Istio cannot route. */
export const IDEMPOTENT_METHODS: readonly HttpMethod[] = [...SAFE_METHODS, "PUT", "DELETE"];
/** Every method that a permission can name, the ones that change nothing first. */
export const METHODS: readonly HttpMethod[] = [...IDEMPOTENT_METHODS, "POST", "PATCH"];
const WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];

/** Whether a request with this method changes nothing. */
export function isSafe(method: string): boolean {
    return (SAFE_METHODS as readonly string[]).includes(method);
}

/** Whether a request with this method may be sent again although it was carried out. */
export function isIdempotent(method: HttpMethod): boolean {
    return IDEMPOTENT_METHODS.includes(method);
}

/** Whether a request with this method has a body. */
export function hasBody(method: string): boolean {
    return WITH_BODY.includes(method);
}

/** The route that a path takes: the first whose prefix it begins with. What none takes, the caller's proxy answers. */
export function routeOf(service: ServiceIntent, path: string): RouteIntent | undefined {
    return service.routes.find(({ prefix }) => path.startsWith(prefix));
}

/** Whether a path of a permission allows everything below it, instead of one path. */
export function isWildcard(pattern: string): boolean {
    return pattern.endsWith("/*");
}

/** Whether a path of a permission allows a request to exactly this path. */
export function allowsPath(pattern: string, path: string): boolean {
    return isWildcard(pattern) ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** A path that a path of a permission allows: itself, or a made-up one below a wildcard. */
export function instanceOf(pattern: string): string {
    return isWildcard(pattern) ? `${pattern.slice(0, -1)}mesh-probe` : pattern;
}

/** Whether permissions allow a request to exactly this path. */
export function permits(
    permissions: readonly HttpPermission[],
    { method, path }: { readonly method: string; readonly path: string },
): boolean {
    return permissions.some(
        ({ methods, paths }) =>
            (methods as readonly string[]).includes(method) &&
            paths.some((pattern) => allowsPath(pattern, path)),
    );
}
