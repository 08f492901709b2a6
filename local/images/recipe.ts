import type { ImageName } from "../versions.ts";
import type { RunConfig } from "./archive.ts";
import type { LayerEntry } from "./layer.ts";

/** Layers that several images stand on. */
export type SharedLayer = "debian" | "node";

/** Everything that makes an image. Sources are files of the cache, whose paths change with their content. */
export interface ImageRecipe {
    readonly name: ImageName;
    /** Tag in place of the image's own, for a variant of it beside it. Default: none. */
    readonly tag?: string;
    /** Lowest first. */
    readonly shared: readonly SharedLayer[];
    readonly entries: readonly LayerEntry[];
    readonly run: RunConfig;
}

/** An executable file of the image. */
export function program(path: string, source: string): LayerEntry {
    return { kind: "file", path, source, mode: 0o755 };
}

/** What a program expects of a root without Debian: names for ids and hosts, and a writable /tmp. */
export const MINIMAL_ROOT: readonly LayerEntry[] = [
    { kind: "directory", path: "etc", mode: 0o755 },
    text("etc/passwd", [
        "root:x:0:0:root:/root:/sbin/nologin",
        "nobody:x:65534:65534:nobody:/:/sbin/nologin",
    ]),
    text("etc/group", ["root:x:0:", "nobody:x:65534:"]),
    text("etc/nsswitch.conf", ["hosts: files dns"]),
    { kind: "directory", path: "tmp", mode: 0o1777 },
];

function text(path: string, lines: readonly string[]): LayerEntry {
    return { kind: "text", path, text: `${lines.join("\n")}\n`, mode: 0o644 };
}
