import { allowPolicyName, declaredEdges } from "./authorization.ts";
import { workloadsOf } from "./catalog.ts";
import { voidName } from "./chaos.ts";
import type { Catalog } from "./intents.ts";
import { experimentName, rehearsalName } from "./mesh.ts";
import { repeated } from "./names.ts";
import type { NamesAlone } from "./service-problems.ts";
import { servicesProblems } from "./service-problems.ts";

/** What the program makes of a workload, by the ends of its resources' names: a service of such a name would be one of them. */
const PARTS = [
    "destination-rule",
    "peer-authentication",
    "pod-disruption-budget",
    "pod-monitor",
    "service",
    "service-account",
    "service-monitor",
    "sidecar",
    "virtual-service",
];

/** Names and hosts that two of them would have, the derived ones included. */
function collisions(catalog: Catalog): string[] {
    const names = workloadsOf(catalog).map(({ name }) => name);
    const twice = repeated(names);
    if (twice.length > 0) {
        // Everything derived from such a name collides as well.
        return twice.map((name) => `service ${name}: the name is used twice`);
    }
    const hosts = catalog.services.flatMap(({ name, hostname }) =>
        hostname === undefined || hostname === name ? [name] : [name, hostname],
    );
    const versions = workloadsOf(catalog).flatMap((workload) =>
        "versions" in workload
            ? [...new Set(workload.versions.map((version) => version.name))].map(
                  (version) => [workload.name, version] as const,
              )
            : [[workload.name, "v1"] as const],
    );
    const deployments = versions.map(([name, version]) => `${name}-${version}`);
    // An experiment would write over the VirtualService of a service with its name.
    const virtualServices = catalog.services.flatMap(({ name }) => [name, experimentName(name)]);
    const rehearsals = new Set(catalog.services.map(({ name }) => rehearsalName(name)));
    const voids = new Set(catalog.services.map(({ name }) => voidName(name)));
    const policies = declaredEdges(catalog).map(allowPolicyName);
    const variables = catalog.backing.map(({ addressVariable }) => addressVariable);
    const resources = [
        ...names.flatMap((name) => [name, ...PARTS.map((part) => `${name}-${part}`)]),
        ...versions.map(([name, version]) => `${name}-deployment-${version}`),
    ];
    return [
        ...repeated(hosts).map((host) => `host ${host}: two services claim it`),
        ...repeated(deployments).map(
            (deployment) => `deployment ${deployment}: two versions would have this name`,
        ),
        ...repeated(virtualServices).map(
            (name) =>
                `virtual service ${name}: a service and the experiments on another would have this name`,
        ),
        ...names
            .filter((name) => rehearsals.has(name))
            .map((name) => `service ${name}: the rehearsal of another would have this name`),
        ...names
            .filter((name) => voids.has(name))
            .map((name) => `service ${name}: a partition of another would lead to it`),
        ...repeated(policies).map(
            (policy) => `policy ${policy}: two callers' policies would have this name`,
        ),
        ...repeated(variables).map(
            (variable) => `variable ${variable}: two backing services write their address to it`,
        ),
        ...repeated(resources).map(
            (resource) => `resource ${resource}: parts of two services would have this name`,
        ),
    ];
}

/**
 * What is wrong between the values of a catalogue that are sound by themselves, all of it: names that collide, callers that
 * do not exist, two services on one host, weights that do not sum to 100, routes that are never reached.
 *
 * @param also services that may be named as well, though they are not sound by themselves
 * @returns one sentence a problem, empty for a sound catalogue
 */
export function catalogProblems(
    catalog: Catalog,
    also: NamesAlone = { services: [], backing: [] },
): string[] {
    return [...collisions(catalog), ...servicesProblems(catalog, also)];
}
