import { milliseconds } from "./duration.ts";
import type { Field, Finding, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";

/** The HTTP routes of a VirtualService. @throws UnknownValue */
export function httpRoutes({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "http").items();
}

/** What a check finds in the matches of a VirtualService's HTTP routes. */
export function eachHttpMatch(
    service: KubernetesObject,
    check: (match: Field) => readonly Finding[],
): Finding[] {
    return each(
        () => httpRoutes(service),
        (route) => each(() => route.at("match").items(), check),
    );
}

/** Without hosts of its own a VirtualService is what others delegate to. Hosts that are not known yet are hosts. */
export function isDelegate({ root }: KubernetesObject): boolean {
    const hosts = root.at("spec", "hosts");
    return hosts.known && hosts.items().length === 0;
}

/** Whether a route sends requests on: redirects, direct responses and delegating routes do not. @throws UnknownValue */
export function forwards(route: Field): boolean {
    return route.at("route").items().length > 0;
}

/**
 * Routes that hand their requests to a VirtualService without hosts.
 *
 * @throws UnknownValue
 */
export function delegatingRoutes(
    delegate: KubernetesObject,
    services: readonly KubernetesObject[],
): readonly Field[] {
    return services.flatMap((service) =>
        httpRoutes(service).filter((route) => {
            const { name, namespace } = {
                name: route.at("delegate", "name").text(),
                namespace: route.at("delegate", "namespace").text() ?? service.namespace,
            };
            return name === delegate.name && namespace === delegate.namespace;
        }),
    );
}

const REQUIRED = "a timeout above zero is required";

/** What is wrong with the timeout of a route that sends requests on. @throws UnknownValue */
export function timeoutFindings(route: Field): Finding[] {
    const field = route.at("timeout");
    return field.text() !== undefined || forwards(route) ? checkTimeout(field) : [];
}

/** What is wrong with a timeout that is required. @throws UnknownValue */
export function checkTimeout(field: Field): Finding[] {
    const timeout = field.text();
    if (timeout === undefined) {
        return [field.finding("no timeout", REQUIRED)];
    }
    const length = milliseconds(timeout);
    if (length === undefined) {
        return [field.finding(`${timeout} is no duration`, REQUIRED)];
    }
    return length > 0 ? [] : [field.finding(`${timeout} turns the timeout off`, REQUIRED)];
}

/** Whether each of some routes has a timeout that ends requests. @throws UnknownValue */
export function allHaveTimeouts(routes: readonly Field[]): boolean {
    return (
        routes.length > 0 &&
        !some(routes, (route) => (milliseconds(route.at("timeout").text() ?? "") ?? 0) === 0)
    );
}
