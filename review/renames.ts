import { podOf } from "#policy/workload.ts";
import type { Change } from "./change.ts";
import { readable } from "./mesh.ts";
import type { Subject } from "./subject.ts";
import { workloadsOf } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

/** A service that is the same but for its name. */
interface Rename {
    readonly from: string;
    readonly to: string;
}

/** What is called otherwise afterwards. */
export interface Renamed {
    readonly renames: readonly Rename[];
    readonly changes: readonly Change[];
    /** The subject of before with the names of afterwards; itself where nothing is renamed. */
    readonly before: Subject;
}

/** Stands for the name of a workload, in what is compared. */
const NAME = "\u0000";

/**
 * Finds the workloads that have another name and are the same otherwise, but for the version of their images. With the
 * names of afterwards, a comparison tells what else is different about them.
 */
export function renamed(before: Subject, after: Subject): Renamed {
    const [gone, come] = [onlyIn(before, after), onlyIn(after, before)];
    const pairs = pairsOf(gone, come);
    if (pairs.length === 0) {
        return { renames: [], changes: [], before };
    }
    const names = pairs.flatMap(([from, to]) => namesBetween(from, to));
    const renaming = renamingOf(names, reservedIn(before, names));
    const titled = pairs.map(([from, to]) => ({
        from: workloadsOf(before).titleOf(from),
        to: workloadsOf(after).titleOf(to),
        workload: to,
    }));
    const unique = [...new Map(titled.map((one) => [`${one.from} ${one.to}`, one])).values()];
    return {
        renames: unique.map(({ from, to }) => ({ from, to })),
        changes: unique.map(({ from, to, workload }) => ({
            topic: "objects",
            kind: "objects/renamed",
            about: to,
            text: `${from} is called ${to} now`,
            objects: [workload.ref],
            declared: { workload: workload.service, path: [] },
        })),
        before: mapped(before, renaming),
    };
}

type Pair = readonly [from: Workload, to: Workload];

/** The workloads of one subject whose service is none of another's. */
function onlyIn(subject: Subject, other: Subject): readonly Workload[] {
    const { byKey, ofService } = workloadsOf(other);
    return workloadsOf(subject).all.filter(
        (workload) =>
            workload.object.runsPods &&
            !byKey.has(workload.key) &&
            ofService(workload.namespace, workload.service).length === 0,
    );
}

/** Those that are alike, where just one is like the other. */
function pairsOf(gone: readonly Workload[], come: readonly Workload[]): readonly Pair[] {
    const [before, after] = [byLikeness(gone), byLikeness(come)];
    return Array.from(before).flatMap(([likeness, from]) => {
        const to = after.get(likeness) ?? [];
        const [one, other] = [from[0], to[0]];
        return from.length === 1 && to.length === 1 && one !== undefined && other !== undefined
            ? [[one, other] as const]
            : [];
    });
}

function byLikeness(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
    const groups = new Map<string, Workload[]>();
    for (const workload of workloads) {
        const likeness = likenessOf(workload);
        if (likeness !== undefined) {
            groups.set(likeness, [...(groups.get(likeness) ?? []), workload]);
        }
    }
    return groups;
}

/** What a workload runs, without its names and the versions of its images; `undefined` where that is not known. */
function likenessOf(workload: Workload): string | undefined {
    const pod = readable(() => podOf(workload.object).value);
    if (pod === undefined) {
        return undefined;
    }
    const renaming = renamingOf(
        ownNames(workload).map((from) => ({ from, to: NAME })),
        [],
    );
    const text = JSON.stringify([workload.namespace, workload.object.kind, pod], (key, value) =>
        typeof value === "string"
            ? renaming(key === "image" ? value.replace(/(:[\w.-]+)?(@[\w:]+)?$/, "") : value)
            : (value as unknown),
    );
    return text;
}

function ownNames({ service, name, account }: Workload): readonly string[] {
    return [...new Set([service, name, ...(account === "default" ? [] : [account])])].sort(
        (one, other) => other.length - one.length,
    );
}

function namesBetween(from: Workload, to: Workload): readonly Rename[] {
    return [
        { from: from.service, to: to.service },
        { from: from.name, to: to.name },
        ...(from.account === "default" ? [] : [{ from: from.account, to: to.account }]),
    ].filter((one) => one.from !== one.to);
}

/** Longer names of others that begin or end with one that changes, and stay. */
function reservedIn(subject: Subject, names: readonly Rename[]): readonly string[] {
    const changing = new Set(names.map(({ from }) => from));
    const all = new Set(workloadsOf(subject).all.flatMap(ownNames));
    return [...all].filter(
        (name) =>
            !changing.has(name) && [...changing].some((one) => `-${name}-`.includes(`-${one}-`)),
    );
}

/** Replaces names in a text, each as a whole word. */
function renamingOf(
    names: readonly Rename[],
    reserved: readonly string[],
): (text: string) => string {
    const byName = new Map(names.map(({ from, to }) => [from, to]));
    const words = [...new Set([...reserved, ...byName.keys()])]
        .sort((one, other) => other.length - one.length)
        .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
    const pattern = new RegExp(`(?<![A-Za-z0-9])(?:${words.join("|")})(?![A-Za-z0-9])`, "g");
    return (text) => text.replace(pattern, (word) => byName.get(word) ?? word);
}

/** A value with other names in its texts; what is no plain value stays as it is. */
function deeply(value: unknown, renaming: (text: string) => string): unknown {
    if (typeof value === "string") {
        return renaming(value);
    }
    if (Array.isArray(value)) {
        return value.map((inner) => deeply(inner, renaming));
    }
    const isPlain =
        typeof value === "object" &&
        value !== null &&
        Object.getPrototypeOf(value) === Object.prototype;
    return isPlain
        ? Object.fromEntries(
              Object.entries(value).map(([key, inner]) => [key, deeply(inner, renaming)]),
          )
        : value;
}

function mapped(subject: Subject, renaming: (text: string) => string): Subject {
    return {
        ...subject,
        resources: subject.resources.map((resource) => ({
            ...resource,
            name: renaming(resource.name),
            urn: renaming(resource.urn),
            props: deeply(resource.props, renaming) as object,
        })),
        objects: subject.objects.map(
            (object) => deeply(object, renaming) as Subject["objects"][number],
        ),
        releases: subject.releases.map(
            (release) => deeply(release, renaming) as Subject["releases"][number],
        ),
    };
}
