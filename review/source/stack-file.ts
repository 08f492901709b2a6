import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { readIfPresent } from "#files.ts";
import type { SourcePlace } from "../change.ts";
import { lineBelow } from "./yaml-lines.ts";

/** Name of a stack's file at the root of a checkout. */
export function stackFile(stack: string): string {
    return `Pulumi.${stack}.yaml`;
}

/**
 * Where a stack says a value of its configuration: the line of the longest part of its path that is written, else that of
 * `config:`.
 *
 * @param path key and what is below it, for example `["mesh:guard", "breakGlassGroup"]`
 * @returns undefined where the stack has no file
 */
export async function settingPlace(
    checkout: string,
    stack: string,
    path: readonly (string | number)[],
): Promise<SourcePlace | undefined> {
    const file = stackFile(stack);
    const text = await readIfPresent(join(checkout, file));
    if (text === undefined) {
        return undefined;
    }
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    return { file, line: lineBelow(document, lines, document.contents, ["config", ...path]) };
}
