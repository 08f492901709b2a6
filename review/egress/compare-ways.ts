import { grouped } from "#model/groups.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { rangeFrom } from "#policy/ip-range.ts";
import type { Change } from "../change.ts";
import { meshViewOf } from "../mesh.ts";
import { listed } from "../routes/space.ts";
import { refsOf } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { counterpartsOf, workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { outsidePortsOf } from "./outside-hosts.ts";
import type { OutsidePort } from "./outside-hosts.ts";
import { meshModeOf, waysOutOf } from "./ways-out.ts";
import type { Mode, WaysOut } from "./ways-out.ts";

/** So many workloads are named; the others are counted. */
const MOST_NAMED = 4;

/** A workload that both sides have. */
export interface Kept {
    readonly title: string;
    readonly before: Workload;
    readonly after: Workload;
}

/** Applications that both sides run. A new one brings its own ways out, and weakens nothing by them. */
export function keptWorkloads(before: Subject, after: Subject): readonly Kept[] {
    const { all, titleOf } = workloadsOf(after);
    return all.flatMap((workload) => {
        const [was] = counterpartsOf(before, workload);
        return was === undefined || workload.role !== "application"
            ? []
            : [{ title: titleOf(workload), before: was, after: workload }];
    });
}

/** Names in a row; all that there are in two words. */
function namesWritten(names: readonly string[], count: number): string {
    const more = names.length - MOST_NAMED;
    return names.length === count && count > 1
        ? "every workload"
        : more > 0
          ? `${names.slice(0, MOST_NAMED).join(", ")} and ${more} more`
          : listed(names);
}

/** Something that is said of one workload; what is the same of several is said once. */
export interface OfWorkload {
    readonly title: string;
    readonly kind: string;
    /** What it does, for example `may call bank.example:443 now`. */
    readonly text: string;
    readonly weaker?: string;
    readonly objects: readonly KubernetesObject[];
}

/** What is said of workloads, once for those of which it is the same. */
export function asChanges(
    said: readonly OfWorkload[],
    all: readonly Pick<Kept, "title">[],
): readonly Change[] {
    const count = new Set(all.map(({ title }) => title)).size;
    const groups = grouped(said, ({ text, weaker }) => [JSON.stringify([text, weaker])]);
    return [...groups.values()].flatMap((members): readonly Change[] => {
        const [first] = members;
        if (first === undefined) {
            return [];
        }
        const { kind, text, weaker } = first;
        const names = [...new Set(members.map(({ title }) => title))];
        const [only] = names;
        return [
            {
                topic: "egress",
                kind: `egress/${kind}`,
                about: names.length === 1 && only !== undefined ? only : "the mesh",
                text: `${namesWritten(names, count)} ${text}`,
                ...(weaker !== undefined && { weaker }),
                objects: refsOf(members.flatMap(({ objects }) => objects)),
            },
        ];
    });
}

const MODES: Readonly<Record<Mode, string>> = {
    any: "any host outside",
    known: "those hosts outside that are known",
    unsaid: "the hosts outside that the mesh lets out to",
};

/** Modes from the tightest on. */
const WIDTH: readonly Mode[] = ["known", "unsaid", "any"];

function isWider(before: Mode, after: Mode): boolean {
    return WIDTH.indexOf(after) > WIDTH.indexOf(before);
}

const OPEN = "whoever takes it over can send anything anywhere";

/** What the mesh itself lets out. */
export function meshModeChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [meshModeOf(before), meshModeOf(after)];
    const { plane } = meshViewOf(after);
    return old === now || [old, now].includes("unsaid")
        ? []
        : [
              {
                  topic: "egress",
                  kind: "egress/mode",
                  about: "the mesh",
                  text: `the mesh lets workloads call ${MODES[now]}, was ${MODES[old]}`,
                  ...(isWider(old, now) && { weaker: OPEN }),
                  objects: plane === undefined ? [] : refsOf([plane.object]),
              },
          ];
}

function modeSaid(title: string, before: WaysOut, after: WaysOut): readonly OfWorkload[] {
    const isOfMesh = before.by === "mesh" && after.by === "mesh";
    if (isOfMesh || before.mode === after.mode) {
        return [];
    }
    const why = after.by === "no proxy" ? ", for it has no proxy" : "";
    return [
        {
            title,
            kind: "mode",
            text: `may call ${MODES[after.mode]} now${why}, was ${MODES[before.mode]}`,
            ...(isWider(before.mode, after.mode) && { weaker: OPEN }),
            objects: [before.sidecar, after.sidecar].filter((one) => one !== undefined),
        },
    ];
}

/** What stands for a host in a key: all behind it. */
function endOf({ key, host }: OutsidePort): string {
    return key.slice((host === "*" ? "any host" : host).length);
}

/** Whether a port of a host is one that a wildcard has let out before. */
function isCovered(port: OutsidePort, others: ReadonlyMap<string, OutsidePort>): boolean {
    return Array.from(others.values()).some(
        (other) =>
            other.host.startsWith("*") &&
            port.host.replace(/^\*/, "").endsWith(other.host.slice(1)) &&
            endOf(other) === endOf(port),
    );
}

function plainly({ protection }: OutsidePort): string {
    return protection.by === "plain" ? " in plain text" : "";
}

function portsSaid(title: string, before: WaysOut, after: WaysOut): readonly OfWorkload[] {
    const added = [...after.ports.values()].filter(
        (port) => !before.ports.has(port.key) && !isCovered(port, before.ports),
    );
    const gone = [...before.ports.values()].filter(
        (port) => !after.ports.has(port.key) && !isCovered(port, after.ports),
    );
    const wasOpen = before.mode === "any" || after.mode === "any";
    return [
        ...added.map((port) => ({
            title,
            kind: "host",
            text: `may call ${port.key}${plainly(port)} now${wasOpen ? ", as any host outside" : ""}`,
            ...(!wasOpen && { weaker: "a way out of the mesh that was not there" }),
            objects: [port.entry, ...(after.sidecar === undefined ? [] : [after.sidecar])],
        })),
        ...(after.mode === "any" ? [] : gone).map((port) => ({
            title,
            kind: "host",
            text: `may no longer call ${port.key}`,
            objects: [port.entry],
        })),
    ];
}

function isWithin(part: string, others: readonly string[]): boolean {
    const own = rangeFrom(part.replace("addresses ", ""));
    return others.some((other) => {
        const wide = rangeFrom(other.replace("addresses ", ""));
        return (
            other === part ||
            (own !== undefined &&
                wide !== undefined &&
                own.bits === wide.bits &&
                own.first >= wide.first &&
                own.last <= wide.last)
        );
    });
}

function uncapturedSaid(title: string, before: WaysOut, after: WaysOut): readonly OfWorkload[] {
    return after.uncaptured
        .filter((part) => !isWithin(part, before.uncaptured))
        .map((part) => ({
            title,
            kind: "past-proxy",
            text: `calls ${part} past its proxy now`,
            weaker: "its proxy neither sees nor limits these calls",
            objects: [],
        }));
}

/** Ways out where no workload is known: those that are declared for all. */
function declaredChanges(before: Subject, after: Subject): readonly Change[] {
    const all = (subject: Subject): WaysOut => ({
        mode: meshModeOf(subject),
        by: "mesh",
        sidecar: undefined,
        ports: new Map(outsidePortsOf(subject).map((port) => [port.key, port])),
        uncaptured: [],
    });
    return asChanges(portsSaid("the mesh", all(before), all(after)), []);
}

/** Ways out of the mesh that workloads have now, or have no longer. */
export function wayChanges(before: Subject, after: Subject): readonly Change[] {
    const kept = keptWorkloads(before, after);
    if (kept.length === 0) {
        return declaredChanges(before, after);
    }
    const said = kept.flatMap(({ title, ...sides }) => {
        const [old, now] = [waysOutOf(sides.before, before), waysOutOf(sides.after, after)];
        return [
            ...modeSaid(title, old, now),
            ...portsSaid(title, old, now),
            ...uncapturedSaid(title, old, now).map((one) => ({
                ...one,
                objects: [sides.after.object],
            })),
        ];
    });
    return asChanges(said, kept);
}
