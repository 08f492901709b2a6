// An oracle, written apart from the program on purpose: what people mean to be different in prod.
/** What one stack has and the other has not. */
export const ABSENT = undefined;
/** Any value at all: the goldens hold it in full. */
export const PRESENT = Symbol("present");

/** Value in dev, then value in prod; a RegExp stands for a text that is computed, such as a digest. */
export type Pair = readonly [dev: unknown, prod: unknown];

/** One reason why the two stacks differ, and everything that follows from it. */
export interface Intention {
    /** What prod does that dev does not, or the other way round. */
    readonly intention: string;
    /** Resource, then path within its inputs; a resource that only one stack has stands alone, with an empty path. */
    readonly changes: Readonly<Record<string, Readonly<Record<string, Pair>>>>;
}
