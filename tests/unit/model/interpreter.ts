// An oracle, written apart from model/ on purpose: it reads policies and routes as Istio does, and takes only their types
// from there.
import type { allowPolicySpec } from "#model/authorization.ts";
import type { Catalog } from "#model/intents.ts";
import type { virtualServiceSpec } from "#model/routing.ts";

type AllowSpec = ReturnType<typeof allowPolicySpec>;
type HttpRoutes = NonNullable<ReturnType<typeof virtualServiceSpec>["http"]>;
type HttpRoute = HttpRoutes[number];

export interface Call {
    readonly principal: string;
    readonly callee: string;
    readonly method: string;
    readonly path: string;
    readonly port: number;
}

/** Istio's own reading of an entry: `*` at one end leaves that end open, alone it means anything but nothing. */
function meets(value: string, entry: string): boolean {
    if (entry === "*") {
        return value !== "";
    }
    if (entry.startsWith("*")) {
        return value.endsWith(entry.slice(1));
    }
    return entry.endsWith("*") ? value.startsWith(entry.slice(0, -1)) : entry === value;
}

/** A list that is not there allows everything. */
function listed(value: string, entries: readonly string[] | undefined): boolean {
    return entries === undefined || entries.some((entry) => meets(value, entry));
}

/** What Istio would answer: one ALLOW that matches lets the call in, and deny-all keeps out whatever none matches. */
export function allowed(call: Call, policies: readonly AllowSpec[]): boolean {
    return policies
        .filter(({ selector }) => selector?.matchLabels?.["app"] === call.callee)
        .some(({ rules }) =>
            rules?.some(
                ({ from, to }) =>
                    (from === undefined ||
                        from.some(({ source }) => listed(call.principal, source?.principals))) &&
                    (to === undefined ||
                        to.some(
                            ({ operation }) =>
                                listed(call.method, operation?.methods) &&
                                listed(call.path, operation?.paths) &&
                                listed(String(call.port), operation?.ports),
                        )),
            ),
        );
}

/** What the catalogue declares, read straight from it. */
export function declared(caller: string, call: Omit<Call, "principal">, catalog: Catalog): boolean {
    const callee = catalog.services.find(({ name }) => name === call.callee);
    if (callee === undefined) {
        const backing = catalog.backing.find(({ name }) => name === call.callee);
        const client = catalog.services.find(({ name }) => name === caller);
        return backing?.port === call.port && client?.backing.includes(call.callee) === true;
    }
    return (callee.callers[caller] ?? []).some(
        ({ methods, paths }) =>
            methods.some((method) => method === call.method) &&
            paths.some((path) =>
                path.endsWith("/*") ? call.path.startsWith(path.slice(0, -1)) : path === call.path,
            ),
    );
}

interface Request {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
}

/** Whether a text meets a condition, as far as the derivations write one. */
function fits(text: string, { exact, regex }: { exact?: string; regex?: string }): boolean {
    return exact === undefined ? new RegExp(`^(${regex ?? ""})$`).test(text) : exact === text;
}

/** Whether a request inside the mesh is one of a route's. */
function matches(request: Request, { match }: HttpRoute): boolean {
    return (
        match === undefined ||
        match.some(
            ({ uri, method, headers, gateways }) =>
                (gateways === undefined || gateways.includes("mesh")) &&
                (uri?.exact === undefined || uri.exact === request.path) &&
                (uri?.prefix === undefined || request.path.startsWith(uri.prefix)) &&
                (method === undefined || fits(request.method, method)) &&
                Object.entries(headers ?? {}).every(([name, condition]) =>
                    fits(request.headers[name] ?? "", condition),
                ),
        )
    );
}

/**
 * The route that a request inside the mesh takes: the first one that matches, as in Envoy.
 *
 * @param delegates routes of the VirtualServices that there are to delegate to, by their name. As in Istio, a delegating
 * route becomes its delegate's routes with both conditions, and is dropped where there is no such delegate.
 */
export function routeOf(
    request: Request,
    routes: HttpRoutes,
    delegates: Readonly<Record<string, HttpRoutes>> = {},
): HttpRoute | undefined {
    return routes
        .filter((route) => matches(request, route))
        .flatMap((route) =>
            route.delegate === undefined ? [route] : (delegates[route.delegate.name ?? ""] ?? []),
        )
        .find((route) => matches(request, route));
}
