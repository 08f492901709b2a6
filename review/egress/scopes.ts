import type { KubernetesObject } from "#policy/field.ts";
import { SERVICE } from "#policy/kinds.ts";
import type { Change } from "../change.ts";
import { meshViewOf, readable } from "../mesh.ts";
import { listed } from "../routes/space.ts";
import { hostWritten } from "../routes/words.ts";
import { scopeHas, sidecarOf } from "../sidecars.ts";
import type { Subject } from "../subject.ts";
import { asChanges, keptWorkloads } from "./compare-ways.ts";
import type { OfWorkload } from "./compare-ways.ts";

/** So many services are named; the others are counted. */
const MOST_NAMED = 6;

/** A Service that both sides have. */
interface Known {
    readonly host: string;
    readonly namespace: string;
}

function servicesOf(subject: Subject): readonly Known[] {
    const { stack, settings } = meshViewOf(subject);
    return stack.of(SERVICE).flatMap(
        (service) =>
            readable(() => ({
                host: `${service.name}.${service.namespace}.svc.${settings.clusterDomain}`,
                namespace: service.namespace,
            })) ?? [],
    );
}

function knownBy(
    sidecar: KubernetesObject | undefined,
    services: readonly Known[],
): ReadonlySet<string> {
    const known = services.filter(
        ({ host, namespace }) =>
            sidecar === undefined || (readable(() => scopeHas(sidecar, namespace, host)) ?? true),
    );
    return new Set(known.map(({ host }) => host));
}

/** What a Sidecar lets proxies know, in one text. */
function scopeText(sidecar: KubernetesObject | undefined): string {
    const egress = sidecar?.root.at("spec", "egress");
    return JSON.stringify([
        sidecar?.namespace,
        readable(() => egress?.items().flatMap((listener) => listener.at("hosts").texts())),
    ]);
}

/**
 * Which services the proxies of workloads know. What they do not know they may call all the same, where it lets them: a
 * Sidecar's scope guards nothing.
 */
export function scopeChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [meshViewOf(before), meshViewOf(after)];
    const others = new Set(servicesOf(before).map(({ host }) => host));
    const services = servicesOf(after).filter(({ host }) => others.has(host));
    const kept = keptWorkloads(before, after).filter(
        (one) => one.before.proxy === "sidecar" && one.after.proxy === "sidecar",
    );
    const said = kept.flatMap((one): readonly OfWorkload[] => {
        const sidecars = [sidecarOf(one.before, old), sidecarOf(one.after, now)] as const;
        const [was, is] = sidecars;
        if (scopeText(was) === scopeText(is)) {
            return [];
        }
        const [knew, knows] = [knownBy(was, services), knownBy(is, services)];
        const named = (hosts: readonly string[]): string =>
            hosts.length > MOST_NAMED
                ? `${hosts.length} services`
                : listed(hosts.map((host) => hostWritten(host, now)));
        const gained = [...knows].filter((host) => !knew.has(host)).sort();
        const lost = [...knew].filter((host) => !knows.has(host)).sort();
        const objects = sidecars.filter((sidecar) => sidecar !== undefined);
        const isAll = knows.size === services.length && gained.length > 0;
        return [
            ...(gained.length === 0
                ? []
                : [
                      {
                          title: one.title,
                          kind: "scope",
                          text: `has proxies that know ${isAll ? "the whole mesh" : named(gained)} now`,
                          objects,
                      },
                  ]),
            ...(lost.length === 0
                ? []
                : [
                      {
                          title: one.title,
                          kind: "scope",
                          text: `has proxies that no longer know ${named(lost)}`,
                          objects,
                      },
                  ]),
        ];
    });
    return asChanges(said, kept);
}
