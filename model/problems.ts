import { versionsOf } from "./catalog.ts";
import { isDuration } from "./duration.ts";
import type { Catalog, ServiceIntent } from "./types.ts";
import { INGRESS_GATEWAY } from "./types.ts";

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PATH = /^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*)?(?:\/\*)?$/;

/** The values that occur more than once. */
function repeated(values: readonly string[]): string[] {
    return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function serviceProblems(service: ServiceIntent, catalog: Catalog): string[] {
    const where = `service ${service.name}`;
    const names = catalog.services.map(({ name }) => name);
    const backing = catalog.backing.map(({ name }) => name);
    const problems: string[] = [];
    for (const [caller, permissions] of Object.entries(service.callers)) {
        if (caller !== INGRESS_GATEWAY && !names.includes(caller)) {
            problems.push(
                `${where}: caller "${caller}" does not exist; allowed: ${[INGRESS_GATEWAY, ...names].join(", ")}`,
            );
        }
        if (caller === service.name) {
            problems.push(`${where}: it lists itself as a caller`);
        }
        for (const path of permissions?.flatMap(({ paths }) => paths) ?? []) {
            if (!PATH.test(path)) {
                problems.push(
                    `${where}: caller "${caller}": path "${path}" is not plain; allowed: an exact path, or one that ends in /*`,
                );
            }
        }
        if (permissions?.length === 0) {
            problems.push(`${where}: caller "${caller}" may call nothing; leave it out`);
        }
    }
    for (const name of service.backing ?? []) {
        if (!backing.includes(name)) {
            problems.push(
                `${where}: backing service "${name}" does not exist; allowed: ${backing.join(", ") || "none is declared"}`,
            );
        }
    }
    if (INGRESS_GATEWAY in service.callers && service.hostname === undefined) {
        problems.push(`${where}: the ingress gateway may call it, but it has no hostname`);
    }
    const versions = versionsOf(service);
    const total = versions.reduce((sum, { weight }) => sum + weight, 0);
    if (total !== 100 || versions.some(({ weight }) => weight < 0 || !Number.isInteger(weight))) {
        problems.push(
            `${where}: the weights of ${versions.map(({ name, weight }) => `${name}=${weight}`).join(", ")} sum to ${total}; allowed: whole numbers that sum to 100`,
        );
    }
    for (const name of repeated(versions.map((version) => version.name))) {
        problems.push(`${where}: version "${name}" is listed twice`);
    }
    for (const route of service.routes) {
        const durations = [route.timeout, ...(route.retries ? [route.retries.perTryTimeout] : [])];
        for (const duration of durations.filter((text) => !isDuration(text))) {
            problems.push(`${where}: route ${route.prefix}: "${duration}" is not a duration`);
        }
        if (!PATH.test(route.prefix) || route.prefix.endsWith("*")) {
            problems.push(`${where}: route prefix "${route.prefix}" is not a plain path`);
        }
    }
    for (const prefix of repeated(service.routes.map((route) => route.prefix))) {
        problems.push(`${where}: route ${prefix} is listed twice`);
    }
    return problems;
}

/**
 * What is wrong with a catalogue, all of it: names and ports that collide, callers that do not exist, two services on
 * one host, weights that do not sum to 100, paths and durations that are not plain.
 *
 * @returns one sentence a problem, empty for a sound catalogue
 */
export function catalogProblems(catalog: Catalog): string[] {
    const workloads = [...catalog.services, ...catalog.backing];
    const hosts = catalog.services.flatMap(({ name, hostname }) =>
        hostname === undefined || hostname === name ? [name] : [name, hostname],
    );
    return [
        ...repeated(workloads.map(({ name }) => name)).map(
            (name) => `service ${name}: the name is used twice`,
        ),
        ...repeated(hosts)
            .filter((host) => !repeated(workloads.map(({ name }) => name)).includes(host))
            .map((host) => `host ${host}: two services claim it`),
        ...workloads.flatMap(({ name, port }) => [
            ...(DNS_LABEL.test(name) && name !== INGRESS_GATEWAY
                ? []
                : [`service ${name}: the name is not a free DNS label`]),
            ...(Number.isInteger(port) &&
            port >= 1 &&
            port <= 65535 &&
            (port < 15000 || port > 15090)
                ? []
                : [
                      `service ${name}: port ${port} is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090`,
                  ]),
        ]),
        ...catalog.services.flatMap((service) => serviceProblems(service, catalog)),
    ];
}
