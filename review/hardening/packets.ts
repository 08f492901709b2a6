import type { DeclaredObject } from "#stack/declared-objects.ts";
import { entriesOf, fields, hasPods, listed, podLabels, selects, spec, text } from "./object.ts";
import type { Fields, Judge } from "./object.ts";

/** Whom packets are taken from, and at which port. */
interface Source {
    /** Absent for anybody. */
    readonly peer?: Fields;
    /** Absent for every port. */
    readonly port?: Fields;
}

function isPolicy({ kind }: DeclaredObject): boolean {
    return kind === "NetworkPolicy";
}

function limitsArrivals(policy: DeclaredObject): boolean {
    const { policyTypes } = spec(policy);
    return policyTypes === undefined || listed(spec(policy), "policyTypes").includes("Ingress");
}

function holdsFor(policy: DeclaredObject, pods: DeclaredObject): boolean {
    return (
        policy.metadata.namespace === pods.metadata.namespace &&
        limitsArrivals(policy) &&
        selects(spec(policy)["podSelector"], podLabels(pods))
    );
}

/** Whose packets pods take; absent where nothing limits it. */
function sourcesOf(
    pods: DeclaredObject,
    objects: readonly DeclaredObject[],
): readonly Source[] | undefined {
    const policies = objects.filter((object) => isPolicy(object) && holdsFor(object, pods));
    return policies.length === 0
        ? undefined
        : policies.flatMap((policy) =>
              entriesOf(spec(policy), "ingress").flatMap((rule) => {
                  const [peers, ports] = [entriesOf(rule, "from"), entriesOf(rule, "ports")];
                  const from = peers.length === 0 ? [{}] : peers.map((peer) => ({ peer }));
                  const at = ports.length === 0 ? [{}] : ports.map((port) => ({ port }));
                  return from.flatMap((one) => at.map((other) => ({ ...one, ...other })));
              }),
          );
}

/** Whether all that one selector takes another one takes as well. */
function isWithin(selector: unknown, wide: unknown): boolean {
    const [own, other] = [fields(selector), fields(wide)];
    const labels = fields(own["matchLabels"]);
    const expressions = new Set(listed(own, "matchExpressions").map(text));
    return (
        Object.entries(fields(other["matchLabels"])).every(
            ([key, value]) => labels[key] === value,
        ) && listed(other, "matchExpressions").every((one) => expressions.has(text(one)))
    );
}

function isPeerWithin(peer: Fields | undefined, wide: Fields | undefined): boolean {
    if (wide === undefined || text(peer) === text(wide)) {
        return true;
    }
    if (peer === undefined || "ipBlock" in wide || "ipBlock" in peer) {
        return false;
    }
    const [place, widePlace] = [peer["namespaceSelector"], wide["namespaceSelector"]];
    return (
        (place === undefined) === (widePlace === undefined) &&
        isWithin(place, widePlace) &&
        isWithin(peer["podSelector"], wide["podSelector"])
    );
}

function isCovered({ peer, port }: Source, by: readonly Source[]): boolean {
    const written = (one: Fields | undefined): string =>
        text([one?.["protocol"] ?? "TCP", one?.["port"], one?.["endPort"]]);
    return by.some(
        (wide) =>
            isPeerWithin(peer, wide.peer) &&
            (wide.port === undefined ||
                (port !== undefined && written(port) === written(wide.port))),
    );
}

interface Sides {
    readonly before: readonly DeclaredObject[];
    readonly after: readonly DeclaredObject[];
}

const known = new WeakMap<readonly DeclaredObject[], ReadonlyMap<string, DeclaredObject>>();

/** What runs pods, by its name. */
function podsIn(objects: readonly DeclaredObject[]): ReadonlyMap<string, DeclaredObject> {
    const found =
        known.get(objects) ??
        new Map(objects.filter(hasPods).map((object) => [keyOf(object), object] as const));
    known.set(objects, found);
    return found;
}

function keyOf({ kind, metadata: { namespace, name } }: DeclaredObject): string {
    return text([kind, namespace, name]);
}

/** How pods that were there take packets that they did not. */
function arrivalsTold(
    pods: DeclaredObject,
    then: DeclaredObject,
    { before, after }: Sides,
): string | undefined {
    const [was, is] = [sourcesOf(then, before), sourcesOf(pods, after)];
    if (was === undefined) {
        return undefined;
    }
    return is === undefined
        ? `no NetworkPolicy limits who may connect to ${pods.metadata.name} any more`
        : is.some((source) => !isCovered(source, was))
          ? `more may connect to ${pods.metadata.name} than before`
          : undefined;
}

/** A change of what limits arrivals, by which pods that were there take packets that they did not. */
export const moreArrivals: Judge = (was, is, sides) => {
    const policies = [was, is].flatMap((policy) => policy ?? []);
    const then = podsIn(sides.before);
    const told = Array.from(podsIn(sides.after)).flatMap(([key, pods]) => {
        const earlier = then.get(key);
        const isMeant =
            earlier !== undefined &&
            policies.some((policy) => holdsFor(policy, pods) || holdsFor(policy, earlier));
        return isMeant ? (arrivalsTold(pods, earlier, sides) ?? []) : [];
    });
    return told.length === 0 ? undefined : told.join("; ");
};

/** Pods that other labels take out of what limited their arrivals. */
export const arrivalsByLabels: Judge = (was, is, sides) =>
    was === undefined || is === undefined || text(podLabels(was)) === text(podLabels(is))
        ? undefined
        : arrivalsTold(is, was, sides);
