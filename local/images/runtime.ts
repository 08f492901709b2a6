import { realpath } from "node:fs/promises";
import { execa } from "execa";
import type { LayerEntry } from "./layer.ts";
import { MINIMAL_ROOT, program } from "./recipe.ts";

/** This program's own Node with all it needs to run: images of the demo services carry no Debian. */
export async function nodeRuntime(): Promise<readonly LayerEntry[]> {
    const node = await realpath(process.execPath);
    return [...MINIMAL_ROOT, program("usr/local/bin/node", node), ...(await librariesOf(node))];
}

/** The dynamic linker and the libraries of a binary of this machine, at places where the linker finds them. */
async function librariesOf(binary: string): Promise<readonly LayerEntry[]> {
    const { stdout } = await execa("ldd", [binary]);
    return placeLibraries(stdout);
}

/** Where Debian's dynamic linker on x86_64 looks without being told. */
const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/**
 * Entries for what `ldd` printed.
 *
 * @throws Error naming a library that this machine does not have.
 */
export function placeLibraries(ldd: string): readonly LayerEntry[] {
    const entries: LayerEntry[] = [];
    for (const line of ldd.split("\n")) {
        const [, name, source] = /^\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
        const [, linker] = /^\s*\/(\S+) \(/.exec(line) ?? [];
        if (name !== undefined && source !== undefined) {
            if (!source.startsWith("/")) {
                throw new Error(`this machine has no ${name}`);
            }
            entries.push(program(`${LIBRARIES}/${name}`, source));
        } else if (linker !== undefined) {
            // The kernel starts it by the very path that the binary names.
            entries.push(program(linker, `/${linker}`));
        }
    }
    return entries;
}
