import type { Edge, Graph } from "../change.ts";
import type { Subject } from "../subject.ts";
import { isOfMesh, workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { ANYBODY, EVERYBODY } from "./callers.ts";
import { EVERYBODY_ELSE } from "./candidates.ts";
import { knownCallers } from "./compare.ts";
import { Difference } from "./difference.ts";
import { routedBy } from "./routed.ts";
import { sideOf, usersOf } from "./sides.ts";

/** What a workload lets in, by who calls. */
interface Entry {
    readonly from: string;
    readonly to: string;
    readonly operations: readonly string[];
}

const known = new WeakMap<Subject, Graph>();

/**
 * Who calls whom in a subject: what authorization lets happen. A gateway calls only where its routes lead, and is let in.
 */
export function graphOf(subject: Subject): Graph {
    const found = known.get(subject) ?? draw(subject);
    known.set(subject, found);
    return found;
}

function draw(subject: Subject): Graph {
    const { titleOf } = workloadsOf(subject);
    const all = workloadsOf(subject).all.filter(isOfMesh);
    const callers = knownCallers(subject);
    const titles = new Map(
        callers.map(({ principal, label }) => [label, usersOf(subject).get(principal) ?? []]),
    );
    const entries = all.flatMap((workload): Entry[] => {
        const to = titleOf(workload);
        const { gains, isTooLarge } = gainsOf(subject, workload, callers);
        if (isTooLarge) {
            return [{ from: EVERYBODY, to, operations: ["some requests"] }];
        }
        return gains.flatMap(({ caller, operations }) =>
            namesOf(caller, workload, subject, titles).map((from) => ({
                from,
                to,
                operations,
            })),
        );
    });
    const edges = merged(entries);
    const nodes = new Set([...all.map(titleOf), ...edges.flatMap(({ from, to }) => [from, to])]);
    return { nodes: [...nodes].sort(), edges };
}

function gainsOf(
    subject: Subject,
    workload: Workload,
    callers: ReturnType<typeof knownCallers>,
): { readonly gains: ReturnType<Difference["granted"]>; readonly isTooLarge: boolean } {
    const difference = new Difference(sideOf(subject, workload), [], callers);
    return difference.isTooLarge
        ? { gains: [], isTooLarge: true }
        : { gains: difference.granted(), isTooLarge: false };
}

/** Who calls under a name; a gateway only where its routes lead. */
function namesOf(
    caller: string,
    callee: Workload,
    subject: Subject,
    users: ReadonlyMap<string, readonly Workload[]>,
): readonly string[] {
    const { titleOf } = workloadsOf(subject);
    const routed = routedBy(subject);
    const isCaller = (workload: Workload): boolean =>
        workload.role !== "gateway" || routed.get(workload)?.has(callee) === true;
    const named = users.get(caller);
    if (named !== undefined) {
        return named.filter(isCaller).map(titleOf);
    }
    const isMany = [ANYBODY, EVERYBODY, EVERYBODY_ELSE.label].some((one) => caller.startsWith(one));
    const gateways = isMany && callee.role !== "gateway" ? [...routed.keys()] : [];
    return [caller, ...gateways.filter(isCaller).map(titleOf)];
}

function merged(entries: readonly Entry[]): readonly Edge[] {
    const byEnds = new Map<string, Entry>();
    for (const { from, to, operations } of entries) {
        const key = JSON.stringify([from, to]);
        const before = byEnds.get(key)?.operations ?? [];
        byEnds.set(key, { from, to, operations: [...new Set([...before, ...operations])].sort() });
    }
    return Array.from(byEnds)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, edge]) => edge);
}
