// An oracle, written apart from model/routing.ts on purpose: it shares with it what a declaration says, and nothing of what
// is made from one.
import type {
    EnvoyFault,
    EnvoyFraction,
    EnvoyRoute,
    EnvoyVirtualHost,
} from "#live/proxies/envoy-types.ts";
import { milliseconds } from "#model/duration.ts";
import type { RouteIntent, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { outboundCluster } from "#model/mesh.ts";
import type { FaultIntent } from "#model/routing.ts";
import type { Difference, Facts } from "./facts.ts";
import { differences, durationText, envoyDuration, NONE } from "./facts.ts";
import type { SampleRequest } from "./requests.ts";
import { routeOf, sampleRequests } from "./requests.ts";

/** What becomes of a request in a caller's proxy, by subject. */
export interface Treatment {
    readonly timeouts: Facts;
    readonly retries: Facts;
    readonly faults: Facts;
}

/** What is held about a request that the proxy sends nowhere. */
const NO_ROUTE: Facts = { destination: "no route" };
/** Under these a request cannot have reached the application. */
const NOT_DELIVERED = ["connect-failure", "refused-stream"];
/** Istio's denominators. */
const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const;

/** What should become of a request, from the declarations and nothing that is generated from them. */
function declaredTreatment(
    service: ServiceIntent,
    route: RouteIntent,
    request: SampleRequest,
    context: MeshContext,
    fault?: FaultIntent,
): Treatment {
    const chosen = request.version;
    const shares = service.versions.map(({ name, weight }) => ({
        name,
        weight: chosen === undefined ? weight : name === chosen ? 100 : 0,
    }));
    return {
        timeouts: {
            destination: sharesText(
                shares.map(({ name, weight }) => [outboundCluster(service, name, context), weight]),
            ),
            timeout: durationText(milliseconds(route.timeout)),
        },
        retries: declaredRetries(route, request),
        faults: faultFacts({
            ...(fault?.delay && {
                delay: {
                    fixed_delay: `${milliseconds(fault.delay.fixedDelay) / 1000}s`,
                    percentage: perMillion(fault.delay.percent),
                },
            }),
            ...(fault?.abort && {
                abort: {
                    http_status: fault.abort.httpStatus,
                    percentage: perMillion(fault.abort.percent),
                },
            }),
        }),
    };
}

/** What does become of the requests of a route. */
function heldTreatment({ route, typed_per_filter_config: filters }: EnvoyRoute): Treatment {
    const { retry_policy: retries } = route ?? {};
    const shares = route?.weighted_clusters?.clusters.map(
        ({ name, weight = 0 }): [string, number] => [name, weight],
    );
    return {
        timeouts: {
            destination: sharesText(
                shares ?? (route?.cluster === undefined ? [] : [[route.cluster, 100]]),
            ),
            // Zero is how Istio writes that there is no limit.
            timeout: route?.timeout === "0s" ? NONE : envoyDuration(route?.timeout),
        },
        retries: retryFacts(
            retries && {
                attempts: retries.num_retries ?? 1,
                on: (retries.retry_on ?? "").split(","),
                perTry: envoyDuration(retries.per_try_timeout),
            },
        ),
        faults: faultFacts(filters?.["envoy.filters.http.fault"] ?? {}),
    };
}

/**
 * What differs between the declared treatment of every kind of request and the one that a virtual host holds.
 *
 * Requests are sent through the held routes one by one, as Envoy would, so it does not matter in which objects or how
 * many routes Istio was told. A route that forwards and that no such request takes is a difference too: nothing
 * declares it.
 *
 * @param subject what is compared: a field of {@link Treatment}
 */
export function routeDifferences(
    subject: keyof Treatment,
    host: EnvoyVirtualHost,
    service: ServiceIntent,
    context: MeshContext,
    fault?: FaultIntent,
): Difference[] {
    const routes = host.routes ?? [];
    const taken = new Set<EnvoyRoute>();
    const found = service.routes.flatMap((declared) =>
        requestsOf(declared, service).flatMap((request) => {
            const route = routeOf(request, routes);
            const wanted = declaredTreatment(service, declared, request, context, fault)[subject];
            const held = route === undefined ? NO_ROUTE : heldTreatment(route)[subject];
            if (route !== undefined) {
                taken.add(route);
            }
            const { label, method } = request;
            return differences(label, wanted, held).map((found) => ({ ...found, method }));
        }),
    );
    const undeclared = routes
        // Answered by the proxy itself, for example what is hidden at the edge.
        .filter((route) => route.route !== undefined && !taken.has(route))
        .flatMap((route) => undeclaredDifferences(subject, route));
    return [...found, ...undeclared];
}

/** Requests that leave the version to the weights, and those that ask for one. */
function requestsOf(route: RouteIntent, service: ServiceIntent): readonly SampleRequest[] {
    const byHeader = service.versions.filter(({ header }) => header !== undefined);
    return [undefined, ...byHeader].flatMap((version) => sampleRequests(route, version));
}

/** That a route is there at all is said once, and each fault it makes beside that. */
function undeclaredDifferences(subject: keyof Treatment, route: EnvoyRoute): Difference[] {
    const { name = "without a name", match } = route;
    const text = JSON.stringify(match);
    switch (subject) {
        case "timeouts":
            return [{ subject: text, field: "route", wanted: NONE, held: name }];
        case "faults":
            return differences(text, faultFacts({}), heldTreatment(route).faults);
        case "retries":
            return [];
    }
}

/** A fault in words. */
export function faultFacts({ delay, abort }: EnvoyFault): Facts {
    return {
        delay: delay
            ? `${envoyDuration(delay.fixed_delay)} for ${percentText(delay.percentage)}`
            : NONE,
        abort: abort ? `${abort.http_status ?? 0} for ${percentText(abort.percentage)}` : NONE,
    };
}

function declaredRetries({ retries }: RouteIntent, { idempotent }: SampleRequest): Facts {
    return retryFacts(
        retries && {
            attempts: retries.attempts,
            on: idempotent ? retries.on : NOT_DELIVERED,
            perTry: idempotent ? durationText(milliseconds(retries.perTryTimeout)) : NONE,
        },
    );
}

function retryFacts(
    retries:
        | { readonly attempts: number; readonly on: readonly string[]; readonly perTry: string }
        | undefined,
): Facts {
    return retries === undefined || retries.attempts === 0
        ? { retries: NONE, "retry on": NONE, "timeout of each try": NONE }
        : {
              retries: String(retries.attempts),
              "retry on": [...retries.on].sort().join(","),
              "timeout of each try": retries.perTry,
          };
}

function sharesText(shares: readonly (readonly [string, number])[]): string {
    return shares
        .filter(([, weight]) => weight > 0)
        .map(([cluster, weight]) => `${cluster} ${weight} %`)
        .sort()
        .join(" + ");
}

/** Istio cuts a percentage off after four decimals. */
function perMillion(percent: number): EnvoyFraction {
    return { numerator: Math.trunc(percent * 10_000), denominator: "MILLION" };
}

function percentText({ numerator = 0, denominator = "HUNDRED" }: EnvoyFraction = {}): string {
    return `${(numerator * 100) / DENOMINATORS[denominator]} %`;
}
