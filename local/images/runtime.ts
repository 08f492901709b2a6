import { realpath } from "node:fs/promises";

import { execa } from "execa";

import type { LayerEntry } from "./layer.ts";
import { program } from "./recipe.ts";

/** Where the dynamic linker of Debian on x86_64 looks without being told. */
const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/**
 * This program's own Node and the libraries it needs that the base lacks. The base is of the same Debian suite, so
 * what is there under the same name fits.
 *
 * @param base Paths in the base layer, without a leading slash.
 */
export async function nodeRuntime(base: ReadonlySet<string>): Promise<readonly LayerEntry[]> {
    const node = await realpath(process.execPath);
    const { stdout } = await execa("ldd", [node]);
    return [
        program("usr/local/bin/node", node),
        ...missingLibraries(stdout, base).map(({ name, source }) =>
            program(`${LIBRARIES}/${name}`, source),
        ),
    ];
}

interface Library {
    /** Name under which the dynamic linker looks for it. */
    readonly name: string;
    readonly source: string;
}

/** The libraries that `ldd` found on this machine and that the base does not have. */
export function missingLibraries(ldd: string, base: ReadonlySet<string>): readonly Library[] {
    const libraries: Library[] = [];
    for (const line of ldd.split("\n")) {
        const [, name, source] = /^\s*(\S+) => (\/\S+) \(/.exec(line) ?? [];
        if (name === undefined || source === undefined) continue;
        if (!base.has(`${LIBRARIES}/${name}`)) libraries.push({ name, source });
    }
    return libraries;
}
