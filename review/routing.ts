import { grouped } from "#model/groups.ts";
import {
    knownRuleFor,
    namespaceOfHost,
    subsetFieldsOf,
    trafficPolicyOf,
} from "#policy/destination-rules.ts";
import { ruleHost, serviceEntriesFor } from "#policy/destination-rules.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { AUTHORIZATION_POLICY, DESTINATION_RULE } from "#policy/kinds.ts";
import { serviceOf } from "#policy/replicas.ts";
import type { Change } from "./change.ts";
import { meshViewOf, readable } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import type { Entry } from "./routes/answer.ts";
import { listenersOf } from "./routes/listeners.ts";
import type { Listener } from "./routes/listeners.ts";
import { sentencesFor } from "./routes/sentences.ts";
import type { Sentence, Speaker } from "./routes/sentences.ts";
import { compareRoutes, placesWritten } from "./routes/space.ts";
import { keysFor, meshTablesOf, plainTable } from "./routes/tables.ts";
import type { RouteTable } from "./routes/tables.ts";
import { declaredBy, hostWritten, refsOf } from "./routes/words.ts";
import type { Compare, Subject } from "./subject.ts";

/** The two sides of a comparison as Istio reads them. */
interface Sides {
    readonly before: Subject;
    readonly after: Subject;
    readonly old: MeshView;
    readonly now: MeshView;
    /** What was compared already: one route is followed inside and at the gateway, and by several hosts. */
    readonly compared: Set<string>;
}

/** How requests are routed: where to, in which shares, how long and how often. */
export const compareRouting: Compare = (before, after) => {
    const sides = {
        before,
        after,
        old: meshViewOf(before),
        now: meshViewOf(after),
        compared: new Set<string>(),
    };
    const seen = new Set<string>();
    return [...inMesh(sides), ...atGateways(sides), ...rulesChanged(sides)].filter((change) => {
        const key = JSON.stringify([change.text.replace(/^\S+ /, ""), change.objects]);
        const isNew = !seen.has(key);
        seen.add(key);
        return isNew;
    });
};

/** What two tables say in one text: the same for tables that do the same to everything. */
function fingerprint({ entries, unread }: RouteTable): string {
    return JSON.stringify([
        entries.map(({ match, answer, repeats }) => [match, answer, repeats]),
        unread,
    ]);
}

/** Whether one list holds the same routes as another one in another order. */
function isReordered(before: readonly Entry[], after: readonly Entry[]): boolean {
    const sorted = (entries: readonly Entry[]): string =>
        entries
            .map(({ match, answer }) => JSON.stringify([match, answer]))
            .sort()
            .join();
    return before.length > 1 && sorted(before) === sorted(after);
}

function inMesh(sides: Sides): readonly Change[] {
    const [old, now] = [meshTablesOf(sides.before), meshTablesOf(sides.after)];
    const hosts = [...new Set([...old.hosts, ...now.hosts])].sort(
        (one, other) => rank(one, sides) - rank(other, sides) || (one < other ? -1 : 1),
    );
    return hosts.flatMap((host) => {
        const home = namespaceOfHost(host, sides.now.settings) ?? "";
        const [one, other] = [old.tableFor(host, home), now.tableFor(host, home)];
        return (one === undefined && other === undefined) || !isOnBothSides(host, one, other, sides)
            ? []
            : tablesChanged(
                  one ?? plainTable(host, sides.old),
                  other ?? plainTable(host, sides.now),
                  sides,
              );
    });
}

/** Whether a host is nothing that only one side has, which is told as a whole. What is somebody else's is on both. */
function isOnBothSides(
    host: string,
    before: RouteTable | undefined,
    after: RouteTable | undefined,
    { old, now }: Pick<Sides, "now" | "old">,
): boolean {
    const isCluster = namespaceOfHost(host, now.settings) !== undefined;
    const [one, other] = [old, now].map((view) => readable(() => isDeclared(host, view)));
    return isCluster || one === true || other === true
        ? one === other
        : before !== undefined && after !== undefined;
}

/** @throws UnknownValue */
function isDeclared(host: string, { stack, settings }: MeshView): boolean {
    return (
        serviceOf(stack, host, settings) !== undefined || serviceEntriesFor(stack, host).length > 0
    );
}

/** Hosts of the cluster come first: by their names people know a service. */
function rank(host: string, { now }: Sides): number {
    return namespaceOfHost(host, now.settings) === undefined ? 1 : 0;
}

/** The listeners of HTTP and of connections, by their places. */
function byPlace(subject: Subject): ReadonlyMap<string, readonly Listener[]> {
    return grouped(listenersOf(subject), ({ place }) => [place]);
}

/** The table for a host among some listeners: its own, or that of the longest wildcard. */
function tableAmong(listeners: readonly Listener[], host: string): RouteTable | undefined {
    return keysFor(host)
        .flatMap((key) => listeners.flatMap(({ tables }) => tables.get(key) ?? []))
        .at(0);
}

/** What becomes reachable, or no longer is, is told with what is reachable from outside. */
function atGateways(sides: Sides): readonly Change[] {
    const old = byPlace(sides.before);
    return [...byPlace(sides.after)].flatMap(([place, listeners]) => {
        const others = old.get(place) ?? [];
        const hosts = new Set(listeners.flatMap(({ tables }) => [...tables.keys()]));
        return [...hosts].sort().flatMap((host) => {
            const [before, after] = [tableAmong(others, host), tableAmong(listeners, host)];
            return before === undefined || after === undefined
                ? []
                : tablesChanged(before, after, sides).filter(
                      ({ kind }) => kind !== "routing/answer",
                  );
        });
    });
}

function unreadChange(table: RouteTable, { now }: Sides): Change {
    const name = hostWritten(table.host, now);
    return {
        topic: "routing",
        kind: "routing/unread",
        about: name,
        text: `routes of ${name} cannot be compared: ${table.unread ?? ""}`,
        objects: refsOf(table.objects),
    };
}

function tablesChanged(before: RouteTable, after: RouteTable, sides: Sides): readonly Change[] {
    const unread = [before, after].filter((table) => table.unread !== undefined);
    if (unread.length > 0) {
        return unread.slice(-1).map((table) => unreadChange(table, sides));
    }
    const [old, now] = [fingerprint(before), fingerprint(after)];
    const key = JSON.stringify([old, now, refsOf(after.objects)]);
    if (old === now || sides.compared.has(key)) {
        return [];
    }
    sides.compared.add(key);
    const { host } = after;
    const speaker: Speaker = {
        host: targetOf(after) ?? host,
        view: sides.now,
        isInside: (target) => namespaceOfHost(target, sides.now.settings) !== undefined,
        asked: askedHeaders(sides.now),
    };
    const reordered = isReordered(before.entries, after.entries)
        ? ", as its routes stand in another order"
        : "";
    return compareRoutes(
        { before: before.entries, after: after.entries, host: after.host },
        (one, other) => sentencesFor(one, other, speaker),
    ).map(({ sentence, places }) =>
        changeOf(sentence, `${placesWritten(places)}: ${sentence.text}${reordered}`, after, sides),
    );
}

const asked = new WeakMap<MeshView, ReadonlySet<string>>();

/** The headers that policies ask about, as HTTP writes them. */
function askedHeaders(view: MeshView): ReadonlySet<string> {
    const keysOf = ({ root }: KubernetesObject): readonly string[] =>
        root
            .at("spec", "rules")
            .items()
            .flatMap((rule) => rule.at("when").items())
            .flatMap((condition) => condition.at("key").text() ?? []);
    const found =
        asked.get(view) ??
        new Set(
            view.stack
                .of(AUTHORIZATION_POLICY)
                .flatMap((policy) => readable(() => keysOf(policy)) ?? [])
                .flatMap((key) => /^request\.headers\[(.+)\]$/.exec(key)?.[1]?.toLowerCase() ?? []),
        );
    asked.set(view, found);
    return found;
}

/** The host that most requests for a public name go to. */
function targetOf({ entries }: RouteTable): string | undefined {
    return entries.find(({ answer }) => answer.targets.length > 0)?.answer.targets[0]?.host;
}

function changeOf(sentence: Sentence, text: string, table: RouteTable, sides: Sides): Change {
    const { kind, weaker, entry, field } = sentence;
    const name = hostWritten(table.host, sides.now);
    const objects = new Set([
        ...table.objects,
        ...(entry?.field === undefined ? [] : [entry.field.object]),
    ]);
    const prefix = entry?.match.find(({ attribute }) => attribute === "path")?.match.text;
    return {
        topic: "routing",
        kind: `routing/${kind}`,
        about: name,
        text: `${name} ${text}`,
        ...(weaker !== undefined && { weaker }),
        objects: refsOf(objects),
        ...declaredBy(targetOf(table) ?? table.host, sides.now, declaredPath(field, prefix)),
    };
}

function declaredPath(
    field: string | undefined,
    prefix: string | undefined,
): readonly (string | Readonly<Record<string, string>>)[] {
    if (field === "versions") {
        return ["versions"];
    }
    return [
        "routes",
        ...(prefix === undefined ? [] : [{ prefix }]),
        ...(field === undefined ? [] : [field]),
    ];
}

/** What a host's DestinationRule says of who is balanced, and how. */
interface Balance {
    readonly host: string;
    readonly subsets: ReadonlyMap<string, string>;
    readonly balancing: string;
    readonly rules: readonly KubernetesObject[];
}

/** How a host is balanced for callers of its own namespace. @throws UnknownValue */
function balanceOf(host: string, { stack, settings }: MeshView): Balance {
    const home = namespaceOfHost(host, settings) ?? settings.rootNamespace;
    const rule = knownRuleFor(stack, host, { namespaces: [home], isGateway: false }, settings);
    const balancer = rule && trafficPolicyOf(rule).at("loadBalancer");
    return {
        host,
        subsets: new Map(
            (rule === undefined ? [] : subsetFieldsOf(rule)).map((subset) => [
                subset.at("name").text() ?? "",
                textsOf(subset.at("labels"))
                    .map((label) => label.join("="))
                    .sort()
                    .join(),
            ]),
        ),
        balancing:
            balancer?.at("simple").text() ??
            (balancer?.at("consistentHash").exists === true
                ? "by a consistent hash"
                : "Istio's own"),
        rules: rule?.members ?? [],
    };
}

function ruleHosts({ stack, settings }: MeshView): readonly string[] {
    return stack
        .of(DESTINATION_RULE)
        .flatMap((rule) => readable(() => ruleHost(rule, settings)) ?? []);
}

function rulesChanged({ old, now }: Sides): readonly Change[] {
    const after = new Set(ruleHosts(now));
    const hosts = new Set([...ruleHosts(old), ...after]);
    return [...hosts]
        .filter((host) => !host.startsWith("*"))
        .sort()
        .flatMap((host) => {
            const [before, balance] = [old, now].map((view) =>
                readable(() => balanceOf(host, view)),
            );
            return before === undefined ||
                balance === undefined ||
                !isOnBothSides(host, undefined, undefined, { old, now })
                ? []
                : balanceChanged(before, balance, now);
        });
}

function balanceChanged(before: Balance, after: Balance, view: MeshView): readonly Change[] {
    const name = hostWritten(after.host, view);
    const rules = after.rules.length === 0 ? before.rules : after.rules;
    const change = (kind: string, text: string, path: string): Change => ({
        topic: "routing",
        kind: `routing/${kind}`,
        about: name,
        text: `${name} ${text}`,
        objects: refsOf(rules),
        ...declaredBy(after.host, view, [path]),
    });
    const names = [...new Set([...before.subsets.keys(), ...after.subsets.keys()])].sort();
    const subsets = names.flatMap((subset) => {
        const [old, now] = [before.subsets.get(subset), after.subsets.get(subset)];
        return old === now
            ? []
            : [
                  change(
                      "subset",
                      now === undefined
                          ? `has no subset ${subset} any more`
                          : `has a subset ${subset} of ${now}${old === undefined ? " now" : `, was of ${old}`}`,
                      "versions",
                  ),
              ];
    });
    const balancing =
        before.balancing === after.balancing
            ? []
            : [
                  change(
                      "balancing",
                      `is balanced ${after.balancing}, was ${before.balancing}`,
                      "loadBalancing",
                  ),
              ];
    return [...subsets, ...balancing];
}
