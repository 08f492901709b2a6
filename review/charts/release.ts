import type { ObjectRef } from "../change.ts";
import type { ChartRelease } from "../subject.ts";

/** A release before and after; it is new or gone where one of them is absent. */
export interface ReleasePair {
    readonly before?: ChartRelease | undefined;
    readonly after?: ChartRelease | undefined;
}

/** The releases of two subjects by namespace and name, sorted. */
export function pairsOf(
    before: readonly ChartRelease[],
    after: readonly ChartRelease[],
): readonly ReleasePair[] {
    const keyOf = ({ namespace, name }: ChartRelease): string => `${name} ${namespace}`;
    const [earlier, later] = [before, after].map(
        (releases) => new Map(releases.map((release) => [keyOf(release), release])),
    );
    const keys = [...new Set([...before, ...after].map(keyOf))].sort();
    return keys.map((key) => ({ before: earlier?.get(key), after: later?.get(key) }));
}

/** A chart with its version, where that is known. */
export function chartOf({ chart, version }: ChartRelease): string {
    return version === undefined ? chart : `${chart} ${version}`;
}

export function refOf({ namespace, name }: ChartRelease): ObjectRef {
    return { kind: "Release", namespace, name };
}

/** Whether two releases are the same whatever their charts make: a folder may hold another chart each time. */
export function haveSameInputs(before: ChartRelease, after: ChartRelease): boolean {
    return (
        before.version !== undefined &&
        chartOf(before) === chartOf(after) &&
        textOf(before.values) === textOf(after.values)
    );
}

/** A value as a text that is the same for the same value, in whatever order its fields stand. */
export function textOf(value: unknown): string {
    return JSON.stringify(value, (_, inner: unknown) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
            ? Object.fromEntries(
                  Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)),
              )
            : inner,
    );
}

/** How many of several things a sentence names. */
const NAMED = 5;

/** Some things by name, and how many others there are. */
export function handful(names: readonly string[]): string {
    const rest = names.length - NAMED;
    const shown = names.slice(0, NAMED).join(", ");
    return rest > 0 ? `${shown} and ${rest} more` : shown;
}
