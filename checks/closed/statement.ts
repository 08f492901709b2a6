import type { ObjectName } from "./object-name.ts";

/** Something that a proxy does, or should do, in one phrase that begins with a verb. */
export interface Statement {
    readonly text: string;
    /** The object of the cluster that causes it, where one is named. */
    readonly by?: ObjectName | undefined;
}

/** What differs between the statements that follow from the declarations and those that a proxy's dump makes. */
export interface Differences {
    /** Held, and declared by nobody. */
    readonly added: readonly Statement[];
    /** Declared, and not held. */
    readonly missing: readonly Statement[];
}

/** Compares by text; what is said several times counts once. */
export function differences(
    declared: readonly Statement[],
    held: readonly Statement[],
): Differences {
    return { added: without(held, declared), missing: without(declared, held) };
}

function without(some: readonly Statement[], others: readonly Statement[]): Statement[] {
    const known = new Set(others.map(({ text }) => text));
    const left = some.filter(({ text }) => !known.has(text));
    return [...new Map(left.map((statement) => [statement.text, statement])).values()];
}

/** The differences of several proxies as one. */
export function merged(several: readonly Differences[]): Differences {
    const all = (which: keyof Differences): Statement[] =>
        without(
            several.flatMap((each) => each[which]),
            [],
        );
    return { added: all("added"), missing: all("missing") };
}
