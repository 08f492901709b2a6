import { allowPolicyName, declaredEdges } from "./authorization.ts";
import { workloadsOf } from "./catalog.ts";
import type { BackingServiceIntent, Catalog, ServiceIntent } from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import { rehearsalName } from "./mesh.ts";
import { isDnsLabel, isPinned, repeated } from "./names.ts";
import { PROXY_PORTS, PROXY_USER } from "./platform-names.ts";
import { experimentName } from "./routing.ts";
import { serviceProblems } from "./service-problems.ts";

/** An image's reference, with an optional tag and an optional digest. */
const IMAGE = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;

function isFreePort(port: number): boolean {
    const { first, last } = PROXY_PORTS;
    return Number.isInteger(port) && port >= 1 && port <= 65535 && (port < first || port > last);
}

function workloadProblems(workload: ServiceIntent | BackingServiceIntent): string[] {
    const { name, port, runAsUser } = workload;
    const images = [
        workload.image,
        ...("versions" in workload ? workload.versions : []).flatMap(({ image }) =>
            image === undefined ? [] : [image],
        ),
    ];
    const problems = [
        ...(isDnsLabel(name) && name !== INGRESS_GATEWAY
            ? []
            : ["the name is not a free DNS label"]),
        ...(isFreePort(port)
            ? []
            : [
                  `port ${port} is not allowed; allowed: 1 to 65535 without Istio's own ${PROXY_PORTS.first} to ${PROXY_PORTS.last}`,
              ]),
        ...images
            .filter((image) => !IMAGE.test(image) || !isPinned(image))
            .map((image) => `image "${image}" has no tag or digest`),
        ...(Number.isInteger(runAsUser) && runAsUser >= 1 && runAsUser !== PROXY_USER
            ? []
            : [
                  `runAsUser ${runAsUser} is not allowed; allowed: neither root nor ${PROXY_USER}, whose traffic passes by the proxy`,
              ]),
    ];
    return problems.map((problem) => `service ${name}: ${problem}`);
}

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
    const deployments = [
        ...catalog.services.flatMap((service) => [
            ...new Set(service.versions.map((version) => `${service.name}-${version.name}`)),
        ]),
        ...catalog.backing.map(({ name }) => `${name}-v1`),
    ];
    // An experiment would write over the VirtualService of a service with its name.
    const virtualServices = catalog.services.flatMap(({ name }) => [name, experimentName(name)]);
    const rehearsals = catalog.services.map(({ name }) => rehearsalName(name));
    const policies = declaredEdges(catalog).map(allowPolicyName);
    const variables = catalog.backing.map(({ addressVariable }) => addressVariable);
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
            .filter((name) => rehearsals.includes(name))
            .map((name) => `service ${name}: the rehearsal of another would have this name`),
        ...repeated(policies).map(
            (policy) => `policy ${policy}: two callers' policies would have this name`,
        ),
        ...repeated(variables).map(
            (variable) => `variable ${variable}: two backing services write their address to it`,
        ),
    ];
}

/**
 * What is wrong with a catalogue, all of it: names and ports that collide, callers that do not exist, two services on
 * one host, weights that do not sum to 100, routes that are never reached, breakers that never trip.
 *
 * @returns one sentence a problem, empty for a sound catalogue
 */
export function catalogProblems(catalog: Catalog): string[] {
    return [
        ...collisions(catalog),
        ...workloadsOf(catalog).flatMap(workloadProblems),
        ...catalog.services.flatMap((service) => serviceProblems(service, catalog)),
    ];
}
