import type { KubernetesObject } from "#policy/field.ts";
import type { Breaker, Passage, UnreadBreaker } from "./find.ts";
import type { Change, DeclaredPlace } from "../change.ts";
import type { MeshView } from "../mesh.ts";
import { declaredBy, hostWritten, refsOf, timeWritten } from "../routes/words.ts";
import type { Ejection, Limits } from "./limits.ts";

/** One thing that is said of a breaker. */
interface Words {
    readonly kind: string;
    readonly text: string;
    readonly weaker?: string;
    readonly path: DeclaredPlace["path"];
}

type Limit = keyof Limits;

/** What each limit counts. */
const COUNTED: Readonly<Record<Limit, string>> = {
    maxConnections: "connections",
    http1MaxPendingRequests: "requests that wait",
    http2MaxRequests: "requests at once",
    maxRequestsPerConnection: "requests on one connection",
    maxRetries: "retries at once",
};

/** Limits that keep load away; how long a connection lives does not. */
const GUARDING: readonly Limit[] = [
    "http2MaxRequests",
    "http1MaxPendingRequests",
    "maxConnections",
    "maxRetries",
];

function written(limit: number | undefined, what: string): string {
    return limit === undefined ? `any number of ${what}` : `${limit} ${what}`;
}

function isRaised(before: number | undefined, after: number | undefined): boolean {
    return before !== undefined && (after === undefined || after > before);
}

function was(before: number | undefined): string {
    return before === undefined ? "without a limit" : String(before);
}

const RAISED = "more load arrives before anybody is refused";

function limitSaid(limit: Limit, before: Limits, after: Limits, from: string): readonly Words[] {
    const [old, now] = [before[limit], after[limit]];
    return old === now
        ? []
        : [
              {
                  kind: "limit",
                  text: `takes ${written(now, COUNTED[limit])} ${from}, was ${was(old)}`,
                  ...(GUARDING.includes(limit) && isRaised(old, now) && { weaker: RAISED }),
                  path: ["connectionPool", limit],
              },
          ];
}

const EVERY_LIMIT = Object.keys(COUNTED) as readonly Limit[];

function podsWritten(count: number, kind = ""): string {
    return `${count} ${kind}pod${count === 1 ? "" : "s"}`;
}

/** What each calling pod may have under way, but what is said of all of them together. */
function passageSaid(before: Passage, after: Passage, leftOut: readonly Limit[]): readonly Words[] {
    return [
        ...EVERY_LIMIT.filter((limit) => !leftOut.includes(limit)).flatMap((limit) =>
            limitSaid(limit, before.limits, after.limits, "from each calling pod"),
        ),
        ...ejectionSaid(before.ejection, after.ejection),
    ];
}

/** Whether pods are ever taken out. */
function isActive(ejection: Ejection | undefined): boolean {
    return ejection?.errors !== undefined && ejection.most !== 0;
}

function ejectionSaid(before: Ejection | undefined, after: Ejection | undefined): readonly Words[] {
    const said = (text: string, key: string, weaker?: string): Words => ({
        kind: "ejection",
        text,
        path: ["outlierDetection", key],
        ...(weaker !== undefined && { weaker }),
    });
    if (!isActive(before) && !isActive(after)) {
        return [];
    }
    if (!isActive(after)) {
        const why =
            after?.most === 0
                ? `: ${after.maxPercent} % of them is less than one, or too few would be left`
                : "";
        return [
            said(
                `never takes a failing pod out of balancing${why}`,
                "maxEjectionPercent",
                "callers keep sending requests to a pod that fails",
            ),
        ];
    }
    if (!isActive(before) || before === undefined || after === undefined) {
        return [said("takes failing pods out of balancing", "consecutive5xxErrors")];
    }
    return ejectionsSaid(before, after, said);
}

function ejectionsSaid(
    before: Ejection,
    after: Ejection,
    said: (text: string, key: string, weaker?: string) => Words,
): readonly Words[] {
    const [old, now] = [before.errors ?? 0, after.errors ?? 0];
    const pods = (most: number | undefined, percent: number): string =>
        most === undefined ? `${percent} % of its pods` : `${most} of its pods`;
    const share = (ejection: Ejection): string => pods(ejection.most, ejection.maxPercent);
    return [
        ...(old === now
            ? []
            : [
                  said(
                      `takes a pod out after ${now} errors in a row, was ${old}`,
                      "consecutive5xxErrors",
                      now > old ? "callers see more errors of a pod that fails" : undefined,
                  ),
              ]),
        ...(before.interval === after.interval
            ? []
            : [
                  said(
                      `looks at its pods every ${timeWritten(after.interval)}, was ${timeWritten(before.interval)}`,
                      "interval",
                  ),
              ]),
        ...(before.baseTime === after.baseTime
            ? []
            : [
                  said(
                      `takes a pod out for ${timeWritten(after.baseTime)}, was ${timeWritten(before.baseTime)}`,
                      "baseEjectionTime",
                  ),
              ]),
        ...(share(before) === share(after)
            ? []
            : [
                  said(
                      `takes out at most ${share(after)}, was ${share(before)}`,
                      "maxEjectionPercent",
                  ),
              ]),
    ];
}

/** What each calling pod may have under way of what is counted; absent where callers differ. */
function commonLimit({ passages, unit }: Breaker): number | undefined {
    const [first, ...others] = passages.map(({ limits }) => limits[unit]);
    return others.every((limit) => limit === first) ? first : undefined;
}

/** What all callers together may have under way, where that has changed. */
function togetherSaid(before: Breaker, after: Breaker): readonly Words[] {
    const { unit } = after;
    if (
        before.unit !== unit ||
        before.together === after.together ||
        before.together === undefined ||
        after.together === undefined
    ) {
        return [];
    }
    const [old, now] = [commonLimit(before), commonLimit(after)];
    const each =
        now === undefined || old === undefined
            ? ""
            : now === old
              ? `: ${now} from each of ${podsWritten(after.callingPods ?? 0, "calling ")}, was ${podsWritten(before.callingPods ?? 0)}`
              : `: ${now} from each calling pod, was ${old}`;
    return [
        {
            kind: "together",
            text: `takes ${after.together} ${COUNTED[unit]} from all callers together, was ${before.together}${each}`,
            ...(now !== undefined && isRaised(old, now) && { weaker: RAISED }),
            path: ["connectionPool", unit],
        },
    ];
}

/** What the pods take themselves, all of them together. */
function ownTotal({ own, replicas }: Breaker, unit: Limit): number | undefined {
    const limit = own[unit];
    return limit === undefined || replicas === undefined ? undefined : limit * replicas;
}

function ownSaid(before: Breaker, after: Breaker): readonly Words[] {
    return EVERY_LIMIT.flatMap((limit): readonly Words[] => {
        const [old, now] = [before.own[limit], after.own[limit]];
        const total = ownTotal(after, limit);
        const together =
            total === undefined || limit !== after.unit
                ? ""
                : `: ${total} in ${podsWritten(after.replicas ?? 0)}`;
        return old === now
            ? []
            : [
                  {
                      kind: "own-limit",
                      text: `takes ${written(now, COUNTED[limit])} in each of its own pods, was ${was(old)}${together}`,
                      ...(GUARDING.includes(limit) &&
                          isRaised(old, now) && {
                              weaker: "its own proxy no longer refuses as soon",
                          }),
                      path: ["connectionPool", limit],
                  },
              ];
    });
}

function exceeds(breaker: Breaker): boolean {
    const total = ownTotal(breaker, breaker.unit);
    return total !== undefined && breaker.together !== undefined && breaker.together > total;
}

/** That callers may send more than its pods take, where they could not before. */
function excessSaid(before: Breaker, after: Breaker): readonly Words[] {
    const total = ownTotal(after, after.unit);
    return exceeds(after) && !exceeds(before)
        ? [
              {
                  kind: "excess",
                  text: `takes ${total ?? 0} ${COUNTED[after.unit]} in ${podsWritten(after.replicas ?? 0)}; all callers together may send ${after.together ?? 0}`,
                  path: ["connectionPool", after.unit],
              },
          ]
        : [];
}

/** What a caller's own settings add to what is said of all. */
function callersSaid(
    before: Breaker,
    after: Breaker,
    general: readonly Words[],
    leftOut: readonly Limit[],
): readonly Words[] {
    const known = new Map(before.passages.map((passage) => [passage.caller, passage]));
    const said = new Set(general.map(({ text }) => text));
    return after.passages.flatMap((passage) => {
        const old = known.get(passage.caller);
        return passage.caller === undefined || old === undefined
            ? []
            : passageSaid(old, passage, leftOut)
                  .filter(({ text }) => !said.has(text))
                  .map((words) => ({
                      ...words,
                      text: words.text.replace(
                          "from each calling pod",
                          `from each pod of ${passage.caller ?? ""}`,
                      ),
                      ...(words.kind === "ejection" && {
                          text: `${words.text}, for ${passage.caller}`,
                      }),
                  }));
    });
}

function breakerSaid(before: Breaker, after: Breaker): readonly Words[] {
    const [old, now] = [before.passages[0], after.passages[0]];
    const together = togetherSaid(before, after);
    // Where each caller's share is told with the sum, it is not told again.
    const isTold =
        together.length > 0 &&
        commonLimit(before) !== undefined &&
        commonLimit(after) !== undefined;
    const leftOut = isTold ? [after.unit] : [];
    const general = old === undefined || now === undefined ? [] : passageSaid(old, now, leftOut);
    return [
        ...together,
        ...general,
        ...callersSaid(before, after, general, leftOut),
        ...ownSaid(before, after),
        ...excessSaid(before, after),
    ];
}

function objectsOf({ passages, ownObjects }: Breaker): readonly KubernetesObject[] {
    return [...passages.flatMap(({ rules }) => rules), ...ownObjects];
}

function unreadChange({ host, unread }: UnreadBreaker, view: MeshView): Change {
    const name = hostWritten(host, view);
    return {
        topic: "breakers",
        kind: "breakers/unread",
        about: name,
        text: `what ${name} takes cannot be compared: ${unread}`,
        objects: [],
    };
}

type Found = Breaker | UnreadBreaker;

function keyOf(breaker: Found): string {
    return "unread" in breaker
        ? breaker.host
        : JSON.stringify([breaker.host, breaker.subset, breaker.port]);
}

/** A breaker of a host as a whole, for a part of which nothing is said any more, or was not yet. */
function partOrWhole(found: ReadonlyMap<string, Found>, breaker: Breaker): Found | undefined {
    return found.get(keyOf(breaker)) ?? found.get(JSON.stringify([breaker.host, null, null]));
}

/** How what is let through to each host differs. A host that only one side has is told as a whole. */
export function breakerChanges(
    before: readonly Found[],
    after: readonly Found[],
    view: MeshView,
): readonly Change[] {
    const [old, now] = [before, after].map(
        (breakers) => new Map(breakers.map((one) => [keyOf(one), one])),
    );
    const keys = new Set([...(now?.keys() ?? []), ...(old?.keys() ?? [])]);
    const said = new Set<string>();
    const changes = [...keys].flatMap((key) => {
        const [own, other] = [now?.get(key), old?.get(key)];
        const any = own ?? other;
        if (any === undefined) {
            return [];
        }
        if ("unread" in any) {
            const change = unreadChange(any, view);
            return [{ about: change.about, said: change.text, change }];
        }
        const [one, two] = [
            other ?? (old && partOrWhole(old, any)),
            own ?? (now && partOrWhole(now, any)),
        ];
        return one === undefined || two === undefined || "unread" in one || "unread" in two
            ? []
            : changesOf(one, two, any, view);
    });
    // What is said of a host as a whole is not said of its subsets and ports again.
    return changes
        .filter(({ about, said: text }) => {
            const key = `${about} ${text}`;
            return !said.has(key) && said.add(key);
        })
        .map(({ change }) => change);
}

/** A change, and what it says of whatever it is about. */
interface SaidChange {
    readonly about: string;
    readonly said: string;
    readonly change: Change;
}

function changesOf(
    before: Breaker,
    after: Breaker,
    { host, name }: Breaker,
    view: MeshView,
): readonly SaidChange[] {
    const about = hostWritten(host, view);
    return breakerSaid(before, after).map(({ kind, text, weaker, path }) => ({
        about,
        said: text,
        change: {
            topic: "breakers",
            kind: `breakers/${kind}`,
            about,
            text: `${name} ${text}`,
            ...(weaker !== undefined && { weaker }),
            objects: refsOf(objectsOf(objectsOf(after).length === 0 ? before : after)),
            ...declaredBy(host, view, path),
        },
    }));
}
