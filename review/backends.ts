import { SERVICE } from "#policy/kinds.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { isMachine } from "#policy/workload.ts";
import { namespaceOfHost } from "#policy/destination-rules.ts";
import type { Change } from "./change.ts";
import { meshViewOf, readable, refOf } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import { listed } from "./routes/space.ts";
import type { Compare, Subject } from "./subject.ts";
import { counterpartsOf, workloadsOf } from "./workloads.ts";
import type { FrontPort, Workload } from "./workloads.ts";

/** Who answers for a Service: which pods, which machines, at which of their ports, or somebody outside. */
export const compareBackends: Compare = (before, after) => {
    const then = servicesOf(before);
    return Array.from(servicesOf(after), ([host, service]) => {
        const was = then.get(host);
        return was === undefined
            ? newService(service, after)
            : serviceChanges(host, was, service, before, after);
    }).flat();
};

function servicesOf(subject: Subject): ReadonlyMap<string, KubernetesObject> {
    const { stack, settings } = meshViewOf(subject);
    return new Map(
        stack.of(SERVICE).flatMap((service) => {
            const host = readable(
                () => `${service.name}.${service.namespace}.svc.${settings.clusterDomain}`,
            );
            return host === undefined ? [] : [[host, service] as const];
        }),
    );
}

/** The host that a Service is another name of. */
function aliasOf(service: KubernetesObject): string | undefined {
    return readable(() => {
        const spec = service.root.at("spec");
        return spec.at("type").text() === "ExternalName"
            ? spec.at("externalName").text()
            : undefined;
    });
}

function isInside(host: string, { settings }: MeshView): boolean {
    return namespaceOfHost(host, settings) !== undefined;
}

function newService(service: KubernetesObject, after: Subject): readonly Change[] {
    const alias = aliasOf(service);
    return alias === undefined || isInside(alias, meshViewOf(after))
        ? []
        : [
              change("egress", "name", service, {
                  text: `${service.name} is another name of ${alias}, outside the cluster, now`,
                  weaker: "a way out of the mesh that was not there",
              }),
          ];
}

interface Said {
    readonly text: string;
    readonly weaker?: string;
}

function change(
    topic: "egress" | "routing",
    kind: string,
    service: KubernetesObject,
    said: Said,
): Change {
    return {
        topic,
        kind: `${topic}/${kind}`,
        about: service.name,
        ...said,
        objects: readable(() => [refOf(service)]) ?? [],
        declared: { workload: service.name, path: [] },
    };
}

function serviceChanges(
    host: string,
    was: KubernetesObject,
    service: KubernetesObject,
    before: Subject,
    after: Subject,
): readonly Change[] {
    const [old, alias] = [aliasOf(was), aliasOf(service)];
    if (alias !== undefined) {
        return alias === old ? [] : [aliasChange(service, alias, old, after)];
    }
    const [answered, answering] = [
        workloadsOf(before).answering(host),
        workloadsOf(after).answering(host),
    ];
    if (answering.length === 0) {
        return isUnselected(service) && !isUnselected(was) && answered.length > 0
            ? [
                  change("routing", "backends", service, {
                      text: `${service.name} selects no pods any more: whoever writes its endpoints says who answers`,
                      weaker: "no workload that is known here stands behind it",
                  }),
              ]
            : [];
    }
    return answered.length === 0
        ? []
        : [
              ...backendChanges(service, answered, answering, before, after),
              ...portChanges(host, service, answered, answering),
          ];
}

function aliasChange(
    service: KubernetesObject,
    alias: string,
    old: string | undefined,
    after: Subject,
): Change {
    return isInside(alias, meshViewOf(after))
        ? change("routing", "backends", service, {
              text: `requests for ${service.name} go to ${alias} now`,
              weaker: ARRIVES,
          })
        : change("egress", "name", service, {
              text: `requests for ${service.name} go to ${alias}, outside the cluster, now`,
              weaker: `what is meant for ${old ?? service.name} leaves the mesh`,
          });
}

const ARRIVES = "what was meant for somebody else arrives there";

function isUnselected(service: KubernetesObject): boolean {
    return readable(() => service.root.at("spec", "selector").entries().length === 0) === true;
}

function backendChanges(
    service: KubernetesObject,
    answered: readonly Workload[],
    answering: readonly Workload[],
    before: Subject,
    after: Subject,
): readonly Change[] {
    const known = new Set(answered.flatMap((one) => [nameOf(one), one.key]));
    const isNew = (workload: Workload): boolean =>
        (!known.has(nameOf(workload)) && !known.has(workload.key)) ||
        (isMachine(workload.object) && counterpartsOf(before, workload).every(isPod));
    const come = answering.filter(isNew);
    if (come.length === 0) {
        return [];
    }
    const names = listed([...new Set(come.map((one) => titleOf(one, after)))].sort());
    const isLeft = answering.length > come.length;
    return [
        change("routing", "backends", service, {
            text: `requests for ${service.name} ${isLeft ? `also reach ${names} now` : `reach ${names} now, no longer ${listed([...new Set(answered.map((one) => titleOf(one, before)))].sort())}`}`,
            weaker: ARRIVES,
        }),
    ];
}

function nameOf({ namespace, service }: Workload): string {
    return `${namespace}/${service}`;
}

function isPod({ object }: Workload): boolean {
    return !isMachine(object);
}

function titleOf(workload: Workload, subject: Subject): string {
    const title = workloadsOf(subject).titleOf(workload);
    return isPod(workload) ? title : `the machine ${workload.name}`;
}

function portsAt(host: string, workloads: readonly Workload[]): ReadonlyMap<number, string> {
    return new Map(
        workloads
            .flatMap(({ fronts, ports }) =>
                fronts
                    .filter(({ hosts }) => hosts.includes(host))
                    .flatMap((front) => front.ports)
                    .map((port) => [port.port, targetOf(port, ports)] as const),
            )
            .reverse(),
    );
}

/** The number of a port that a Service names. */
function targetOf({ target }: FrontPort, ports: Workload["ports"]): string {
    return String(ports.find(({ name }) => name === target)?.number ?? target);
}

/** Ports on which a proxy answers by itself. */
const OF_THE_PROXY = /^150\d\d$/;

function portChanges(
    host: string,
    service: KubernetesObject,
    answered: readonly Workload[],
    answering: readonly Workload[],
): readonly Change[] {
    const old = portsAt(host, answered);
    return Array.from(portsAt(host, answering)).flatMap(([port, target]) => {
        const was = old.get(port);
        return was === undefined || was === target
            ? []
            : [
                  change("routing", "port", service, {
                      text: `port ${port} of ${service.name} leads to port ${target} of its pods, was ${was}`,
                      ...(OF_THE_PROXY.test(target) && {
                          weaker: "the proxy itself answers there, and no policy holds",
                      }),
                  }),
              ];
    });
}
