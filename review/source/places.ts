import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Change, DeclaredPlace, ObjectRef, SourcePlace } from "../change.ts";
import { Declarations } from "./declarations.ts";
import type { ChangedFile, Lines } from "./lines.ts";
import { changedWithin } from "./lines.ts";
import { stackFile } from "./stack-file.ts";

/** What a place is looked for. */
export type Sought = Pick<Change, "objects"> & {
    /** The part of a declaration that says it, where one does. */
    readonly declared?: DeclaredPlace;
    /** Stack in which it was found. */
    readonly stack?: string;
};

/** Files whose lines make objects; tests, reports and documents do not. */
const MAKES = /^(?:index\.ts|Pulumi[^/]*\.yaml|(?:components|model|services|stack)\/.+\.ts)$/;

/** Finds the lines of a checkout that cause what was found. */
export class SourcePlaces {
    readonly #checkout: string;
    readonly #changed: readonly ChangedFile[];
    #declarations: Promise<Declarations> | undefined;

    /**
     * @param checkout where `services/` is
     * @param changed the files that differ from the base, relative to the checkout; none where nothing was compared
     */
    constructor(checkout: string, changed: readonly ChangedFile[] = []) {
        this.#checkout = checkout;
        this.#changed = changed;
    }

    /**
     * The line that says it: of its declaration, best one that changed; for what no declaration says, a changed line that
     * names one of its objects, or the first one where a single file changed that makes objects.
     */
    async locate({ declared, objects, stack }: Sought): Promise<SourcePlace | undefined> {
        const written =
            declared === undefined ? undefined : (await this.#declared()).placeOf(declared);
        if (written !== undefined) {
            const { file, line } = written;
            return changedWithin(this.#changed, file, written) ?? { file, line };
        }
        const candidates = this.#changed.filter(
            ({ file, lines }) => lines.length > 0 && MAKES.test(file) && isOf(file, stack),
        );
        for (const object of objects) {
            const place = await this.#naming(candidates, object);
            if (place !== undefined) {
                return place;
            }
        }
        const [only, ...others] = candidates;
        return only?.lines[0] === undefined || others.length > 0
            ? undefined
            : { file: only.file, line: only.lines[0].from };
    }

    #declared(): Promise<Declarations> {
        this.#declarations ??= Declarations.read(this.#checkout);
        return this.#declarations;
    }

    /** The first changed line in which the name of an object stands, else its kind. */
    async #naming(
        candidates: readonly ChangedFile[],
        { name, kind }: ObjectRef,
    ): Promise<SourcePlace | undefined> {
        for (const word of [name, kind]) {
            for (const { file, lines } of candidates) {
                const line = lineWith(word, await this.#linesOf(file), lines);
                if (line !== undefined) {
                    return { file, line };
                }
            }
        }
        return undefined;
    }

    async #linesOf(file: string): Promise<readonly string[]> {
        const text = await readFile(join(this.#checkout, file), "utf8").catch(() => "");
        return text.split("\n");
    }
}

/** A stack is not made by another one's file. */
function isOf(file: string, stack: string | undefined): boolean {
    return !/^Pulumi\..+\.yaml$/.test(file) || (stack !== undefined && file === stackFile(stack));
}

function lineWith(
    word: string,
    text: readonly string[],
    changed: readonly Lines[],
): number | undefined {
    for (const { from, to } of changed) {
        const index = text.slice(from - 1, to).findIndex((line) => line.includes(word));
        if (index >= 0) {
            return from + index;
        }
    }
    return undefined;
}
