import { isDuration } from "./duration.ts";
import type { Catalog, RouteIntent, ServiceIntent } from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import { isDnsLabel, repeated } from "./names.ts";
import { isPlainPath } from "./paths.ts";

function callerProblems(service: ServiceIntent, catalog: Catalog): string[] {
    const names = catalog.services.map(({ name }) => name);
    const problems: string[] = [];
    for (const [caller, permissions] of Object.entries(service.callers)) {
        if (caller !== INGRESS_GATEWAY && !names.includes(caller)) {
            problems.push(
                `caller "${caller}" does not exist; allowed: ${[INGRESS_GATEWAY, ...names].join(", ")}`,
            );
        }
        if (caller === service.name) {
            problems.push("it lists itself as a caller");
        }
        for (const path of permissions?.flatMap(({ paths }) => paths) ?? []) {
            if (!isPlainPath(path)) {
                problems.push(
                    `caller "${caller}": path "${path}" is not plain; allowed: an exact path, or one that ends in /*`,
                );
            }
        }
        if (permissions?.length === 0) {
            problems.push(`caller "${caller}" may call nothing; leave it out`);
        }
    }
    if (INGRESS_GATEWAY in service.callers && service.hostname === undefined) {
        problems.push("the ingress gateway may call it, but it has no hostname");
    }
    return problems;
}

function versionProblems(service: ServiceIntent): string[] {
    const versions = service.versions;
    const total = versions.reduce((sum, { weight }) => sum + weight, 0);
    const whole = versions.every(({ weight }) => weight >= 0 && Number.isInteger(weight));
    const weights = versions.map(({ name, weight }) => `${name}=${weight}`).join(", ");
    return [
        ...(total === 100 && whole
            ? []
            : [
                  `the weights of ${weights} sum to ${total}; allowed: whole numbers that sum to 100`,
              ]),
        ...versions
            .filter(({ name }) => !isDnsLabel(name))
            .map(({ name }) => `version "${name}" is not a DNS label`),
        ...repeated(versions.map(({ name }) => name)).map(
            (name) => `version "${name}" is listed twice`,
        ),
    ];
}

function routeProblems({ prefix, timeout, retries }: RouteIntent): string[] {
    const durations = [timeout, ...(retries ? [retries.perTryTimeout] : [])];
    return [
        ...durations
            .filter((text) => !isDuration(text))
            .map((text) => `route ${prefix}: "${text}" is not a duration`),
        ...(isPlainPath(prefix) && !prefix.endsWith("*")
            ? []
            : [`route prefix "${prefix}" is not a plain path`]),
        ...(retries === undefined || (Number.isInteger(retries.attempts) && retries.attempts >= 0)
            ? []
            : [`route ${prefix}: ${retries.attempts} attempts are not a whole number from 0`]),
    ];
}

/** The first route that matches wins, and a prefix is compared as text. */
function shadowedRoutes({ routes }: ServiceIntent): string[] {
    return routes.flatMap(({ prefix }, index) => {
        const first = routes.slice(0, index).find((earlier) => prefix.startsWith(earlier.prefix));
        if (first === undefined) {
            return [];
        }
        return first.prefix === prefix
            ? [`route ${prefix} is listed twice`]
            : [`route ${prefix} is never reached: ${first.prefix} before it matches first`];
    });
}

/** Zero, for Istio, means its own default or no limit at all: a breaker that never trips. */
function breakerProblems({ connectionPool, outlierDetection }: ServiceIntent): string[] {
    const { interval, baseEjectionTime, consecutive5xxErrors, ...shares } = outlierDetection;
    const limits = Object.entries({ ...connectionPool, consecutive5xxErrors });
    return [
        ...limits
            .filter(([, limit]) => !Number.isInteger(limit) || limit < 1)
            .map(
                ([key, limit]) => `${key}: ${limit} is not allowed; allowed: a whole number from 1`,
            ),
        ...Object.entries(shares)
            .filter(
                ([key, share]) =>
                    !Number.isInteger(share) ||
                    share > 100 ||
                    share < (key === "minHealthPercent" ? 0 : 1),
            )
            .map(([key, share]) => `${key}: ${share} is not a whole percentage`),
        ...Object.entries({ interval, baseEjectionTime })
            .filter(([, text]) => !isDuration(text))
            .map(([key, text]) => `${key}: "${text}" is not a duration`),
    ];
}

/** What is wrong with one service of a catalogue. */
export function serviceProblems(service: ServiceIntent, catalog: Catalog): string[] {
    const backing = catalog.backing.map(({ name }) => name);
    const { hostname } = service;
    return [
        ...callerProblems(service, catalog),
        ...service.backing
            .filter((name) => !backing.includes(name))
            .map(
                (name) =>
                    `backing service "${name}" does not exist; allowed: ${backing.join(", ") || "none is declared"}`,
            ),
        ...(hostname === undefined || isDnsLabel(hostname)
            ? []
            : [`hostname "${hostname}" is not a DNS label`]),
        ...versionProblems(service),
        ...service.routes.flatMap(routeProblems),
        ...shadowedRoutes(service),
        ...breakerProblems(service),
    ].map((problem) => `service ${service.name}: ${problem}`);
}
