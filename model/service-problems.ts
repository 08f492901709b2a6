import type { Catalog, ServiceIntent, VersionIntent } from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import { isVariable, repeated } from "./names.ts";
import { instanceOf, routeOf } from "./requests.ts";
import { metricsPath } from "./routing.ts";

/** Names that one may choose from are listed up to here. */
const LISTED = 20;

function anyOf(names: ReadonlySet<string>): string {
    const [...all] = names;
    const more = all.length - LISTED;
    const listed = all.slice(0, LISTED).join(", ");
    return more > 0 ? `${listed} and ${more} more` : listed || "none is declared";
}

/** The names that a service may name. */
interface KnownNames {
    readonly services: ReadonlySet<string>;
    /** Backing services, with the variable that holds each one's address. */
    readonly backing: ReadonlyMap<string, string | undefined>;
}

function callerProblems(service: ServiceIntent, { services }: KnownNames): string[] {
    const callers = Object.keys(service.callers);
    return [
        ...callers
            .filter((caller) => caller !== INGRESS_GATEWAY && !services.has(caller))
            .map(
                (caller) =>
                    `callers.${caller}: there is no such service; allowed: ${anyOf(new Set([INGRESS_GATEWAY, ...services]))}`,
            ),
        ...callers
            .filter((caller) => caller === service.name)
            .map((caller) => `callers.${caller}: it is the service itself; allowed: others`),
        ...(callers.includes(INGRESS_GATEWAY) && service.hostname === undefined
            ? [
                  `hostname: it is missing, and callers.${INGRESS_GATEWAY} needs it; allowed: a DNS label`,
              ]
            : []),
        ...callers.flatMap((caller) => pathProblems(service, caller)),
    ];
}

/** Paths that the service is allowed to be asked for, and that lead nowhere. */
function pathProblems(service: ServiceIntent, caller: string): string[] {
    const prefixes = anyOf(new Set(service.routes.map(({ prefix }) => prefix)));
    const metrics = metricsPath(service);
    return (service.callers[caller] ?? []).flatMap(({ paths }, place) =>
        paths.flatMap((path, index) => {
            const where = `callers.${caller}.${place}.paths.${index}`;
            if (routeOf(service, instanceOf(path)) === undefined) {
                return [
                    `${where}: "${path}" takes no route; allowed: paths that begin with ${prefixes}`,
                ];
            }
            const isHidden = path === metrics || path.startsWith(`${metrics}/`);
            return caller === INGRESS_GATEWAY && isHidden
                ? [
                      `${where}: "${path}" is not allowed; allowed: anything but the metrics, which nobody sees at the edge`,
                  ]
                : [];
        }),
    );
}

function versionProblems(versions: readonly VersionIntent[]): string[] {
    const total = versions.reduce((sum, { weight }) => sum + weight, 0);
    const weights = versions.map(({ name, weight }) => `${name}=${weight}`).join(", ");
    const chosen = versions.flatMap(({ header }) =>
        header === undefined ? [] : [`${header.name.toLowerCase()}: ${header.value}`],
    );
    return [
        ...(total === 100
            ? []
            : [`versions: the weights of ${weights} sum to ${total}; allowed: a sum of 100`]),
        ...repeated(versions.map(({ name }) => name)).map(
            (name) => `versions: "${name}" is listed twice; allowed: each name once`,
        ),
        ...repeated(chosen).map(
            (header) =>
                `versions: header "${header}" chooses two of them; allowed: each header for one version`,
        ),
    ];
}

/** The first route that matches wins, and a prefix is compared as text. */
function shadowedRoutes({ routes }: ServiceIntent): string[] {
    return routes.flatMap(({ prefix }, index) => {
        const first = routes.slice(0, index).find((earlier) => prefix.startsWith(earlier.prefix));
        if (first === undefined) {
            return [];
        }
        return [
            first.prefix === prefix
                ? `routes.${index}.prefix: "${prefix}" is listed twice; allowed: each prefix once`
                : `routes.${index}.prefix: "${prefix}" is never reached, as "${first.prefix}" before it matches first; allowed: longer prefixes first`,
        ];
    });
}

/** A value is never shown: somebody may take it for a place for secrets. */
function environmentProblems({ env, backing }: ServiceIntent, known: KnownNames): string[] {
    const addresses = new Set(known.backing.values());
    return [
        ...Object.keys(env).flatMap((name) => {
            if (name === "PORT") {
                return ["env.PORT: it is the service's port; allowed: variables of its own"];
            }
            if (addresses.has(name)) {
                return [
                    `env.${name}: it is the address of a backing service; allowed: variables of its own`,
                ];
            }
            return isVariable(name)
                ? []
                : [
                      `env: the name ${JSON.stringify(name.slice(0, 100))} is not allowed; allowed: letters, digits and _, no digit first`,
                  ];
        }),
        ...backing.flatMap((name, index) =>
            known.backing.has(name)
                ? []
                : [
                      `backing.${index}: there is no backing service ${JSON.stringify(name.slice(0, 100))}; allowed: ${anyOf(new Set(known.backing.keys()))}`,
                  ],
        ),
        ...repeated(backing).map(
            (name) => `backing: "${name}" is listed twice; allowed: each name once`,
        ),
    ];
}

/** Names of services that there are, though nothing else is known of them. */
export type NamesAlone = Readonly<Record<keyof Catalog, readonly string[]>>;

/** What is wrong between the fields of each service, and with the names of others in them. */
export function servicesProblems({ services, backing }: Catalog, also: NamesAlone): string[] {
    const known: KnownNames = {
        services: new Set([...services.map(({ name }) => name), ...also.services]),
        backing: new Map([
            ...backing.map(({ name, addressVariable }) => [name, addressVariable] as const),
            ...also.backing.map((name) => [name, undefined] as const),
        ]),
    };
    return services.flatMap((service) =>
        [
            ...callerProblems(service, known),
            ...environmentProblems(service, known),
            ...versionProblems(service.versions),
            ...shadowedRoutes(service),
        ].map((problem) => `service ${service.name}: ${problem}`),
    );
}
