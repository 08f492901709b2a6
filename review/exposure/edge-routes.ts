import { grouped } from "#model/groups.ts";
import type { Change } from "../change.ts";
import { meshViewOf } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Answer, Entry } from "../routes/answer.ts";
import type { Listener } from "../routes/listeners.ts";
import { leadsTo } from "../routes/sentences.ts";
import type { Speaker } from "../routes/sentences.ts";
import { compareRoutes, listed, placesWritten } from "../routes/space.ts";
import { keysFor } from "../routes/tables.ts";
import type { RouteTable } from "../routes/tables.ts";
import { declaredBy, hostWritten, refsOf } from "../routes/words.ts";
import { overlaps } from "#policy/hosts.ts";
import type { Subject } from "../subject.ts";
import { outsideListeners, wasThere } from "./outside.ts";

/** What is known of one side of the edge. */
interface Edge {
    readonly byPlace: ReadonlyMap<string, readonly Listener[]>;
    readonly all: readonly Listener[];
}

function edgeOf(subject: Subject): Edge {
    const all = outsideListeners(subject);
    return { all, byPlace: grouped(all, ({ place }) => [place]) };
}

/** Listeners that have a host of their own for another one, the most precise first. */
function serving(listeners: readonly Listener[], host: string): readonly Listener[] {
    return listeners.filter(({ hosts }) => hosts.some((own) => overlaps(own, host)));
}

/** The table by which a host is answered: its own, or that of the longest wildcard. */
function tableAt(listeners: readonly Listener[], host: string): RouteTable | undefined {
    const open = serving(listeners, host).filter(({ redirects }) => !redirects);
    const tables = keysFor(host).flatMap((key) =>
        open.flatMap((listener) => listener.tables.get(key) ?? []),
    );
    // A listener of another protocol has the host as well, and nothing for it.
    const answers = ({ entries, unread }: RouteTable): boolean =>
        entries.length > 0 || unread !== undefined;
    return tables.find(answers) ?? tables[0];
}

interface Found {
    readonly table: RouteTable | undefined;
    /** Whether nobody answers at the place itself. */
    readonly isElsewhere: boolean;
}

/** What becomes of requests for a host at a place; where nobody answers there, wherever else somebody does. */
function tableFor(edge: Edge, place: string, host: string): Found {
    const here = serving(edge.byPlace.get(place) ?? [], host);
    return here.some(({ redirects }) => !redirects)
        ? { table: tableAt(here, host), isElsewhere: false }
        : { table: tableAt(edge.all, host), isElsewhere: true };
}

interface Sentence {
    readonly key: string;
    readonly entry: Entry | undefined;
    readonly kind: "changed" | "closed" | "opened";
    readonly text: string;
    readonly weaker?: string;
}

/** The hosts that an answer sends requests on to, each once. */
function reachedBy(answer: Answer | undefined): readonly string[] {
    return [...new Set(answer?.targets.map(({ host }) => host) ?? [])];
}

/** What was answered before, unless nobody answered at all. */
function wasAnswered(before: Entry | undefined, speaker: Speaker): string {
    const text = leadsTo(before?.answer, speaker)
        .replace(/^is /, "")
        .replace(/^leads to /, "led to ");
    return before === undefined ? "" : `; ${text.replace(/^answered /, "")} before`;
}

const AWAY = { weaker: "clients are sent to a host of somebody else" };

/** The last two labels of a host, by which one tells whose it is. */
function ownerOf(host: string): string {
    return host.split(".").slice(-2).join(".");
}

/** Whether clients are redirected to a host of another owner. */
function isLedAway(answer: Answer | undefined, host: string): boolean {
    const [, to] = /\b(?:authority|hostname) (\S+?)(?:,|$)/.exec(answer?.location ?? "") ?? [];
    return to !== undefined && ownerOf(to) !== ownerOf(host);
}

/** The two sides of a comparison. */
interface Sides {
    readonly before: Subject;
    readonly after: Subject;
    readonly now: MeshView;
}

function sentences(
    before: Entry | undefined,
    after: Entry | undefined,
    host: string,
    { before: subject, after: current, now }: Sides,
): readonly Sentence[] {
    const speaker = { host, view: now, isInside: () => true, asked: new Set<string>() };
    const [old, reached] = [reachedBy(before?.answer), reachedBy(after?.answer)];
    const opened = reached.filter((target) => !old.includes(target));
    const name = (targets: readonly string[]): string =>
        listed(targets.map((target) => hostWritten(target, now)));
    const entry = after ?? before;
    if (opened.length > 0) {
        const known = opened.filter((target) => wasThere(target, subject, current));
        const text = `is reachable from outside now and leads to ${name(opened)}${wasAnswered(before, speaker)}`;
        const weaker = `${name(known)} could not be reached from outside there`;
        return [{ key: text, entry, kind: "opened", text, ...(known.length > 0 && { weaker }) }];
    }
    if (old.length > 0 && reached.length === 0) {
        const answered = after === undefined ? "" : `; ${leadsTo(after.answer, speaker)}`;
        const text = `is no longer reachable from outside; led to ${name(old)} before${answered}`;
        const away = isLedAway(after?.answer, host) && AWAY;
        return [{ key: text, entry, kind: "closed", text, ...away }];
    }
    const [was, is] = [leadsTo(before?.answer, speaker), leadsTo(after?.answer, speaker)];
    const isAway = isLedAway(after?.answer, host) && was !== is;
    const isOther = reached.length === 0 && was !== is && (before !== undefined || isAway);
    const text = `${is} now${wasAnswered(before, speaker)}`;
    return isOther ? [{ key: text, entry, kind: "changed", text, ...(isAway && AWAY) }] : [];
}

/** A place as part of an address: `GET order.example.org/orders/*`. */
function address(host: string, place: string): string {
    const shown = host === "*" ? "any host" : host;
    return /(^|\s)\//.test(place)
        ? place.replace(/(^|\s)\//, (_, before: string) => `${before}${shown}/`)
        : `${shown} ${place}`;
}

function tableChanges(
    host: string,
    before: RouteTable | undefined,
    after: RouteTable | undefined,
    listener: Listener,
    sides: Sides,
): readonly Change[] {
    const table = after ?? before;
    const unread = [before, after].find((one) => one?.unread !== undefined);
    if (unread !== undefined) {
        return [
            {
                topic: "exposure",
                kind: "exposure/unread",
                about: host,
                text: `what ${host} leads to from outside cannot be compared: ${unread.unread ?? ""}`,
                objects: refsOf(unread.objects),
            },
        ];
    }
    const [old, now] = [before, after].map((one) => one?.entries ?? []);
    const said = compareRoutes({ before: old ?? [], after: now ?? [], host }, (one, other) =>
        sentences(one, other, host, sides),
    );
    return said.map(({ sentence, places }): Change => {
        const where =
            listener.protocol === "http"
                ? placesWritten(places.map((place) => address(host, place)))
                : `${host}:${listener.port}`;
        const objects = [...(table?.objects ?? []), ...entryObjects(sentence.entry)];
        const [target] = reachedBy(sentence.entry?.answer);
        return {
            topic: "exposure",
            kind: `exposure/${sentence.kind}`,
            about: target === undefined ? host : hostWritten(target, sides.now),
            text: `${where} ${sentence.text}`,
            ...(sentence.weaker !== undefined && { weaker: sentence.weaker }),
            objects: refsOf(objects),
            ...(target !== undefined &&
                declaredBy(target, sides.now, ["callers", "ingress-gateway"])),
        };
    });
}

function entryObjects(entry: Entry | undefined) {
    return entry?.field === undefined ? [] : [entry.field.object];
}

function fingerprint(table: RouteTable | undefined): string {
    return JSON.stringify([
        table?.unread,
        table?.entries.map(({ match, answer }) => [match, answer]),
    ]);
}

/** What the routes of the gateways let in, or no longer do. */
export function edgeRouteChanges(before: Subject, after: Subject): readonly Change[] {
    const [old, now] = [edgeOf(before), edgeOf(after)];
    const sides = { before, after, now: meshViewOf(after) };
    const seen = new Set<string>();
    return [...new Set([...now.byPlace.keys(), ...old.byPlace.keys()])]
        .flatMap((place) => {
            const listeners = [
                ...(now.byPlace.get(place) ?? []),
                ...(old.byPlace.get(place) ?? []),
            ];
            const hosts = new Set(listeners.flatMap(({ tables }) => [...tables.keys()]));
            return [...hosts].sort().flatMap((host) => {
                const [one, other] = [tableFor(old, place, host), tableFor(now, place, host)];
                const [listener] = serving(listeners, host);
                // What somebody answers elsewhere neither ends nor changes at a place that is new.
                const isSaid = ({ kind }: Change): boolean =>
                    other.isElsewhere || !one.isElsewhere || kind === "exposure/opened";
                return listener === undefined || fingerprint(one.table) === fingerprint(other.table)
                    ? []
                    : tableChanges(host, one.table, other.table, listener, sides).filter(isSaid);
            });
        })
        .filter(({ text }) => !seen.has(text) && seen.add(text));
}
