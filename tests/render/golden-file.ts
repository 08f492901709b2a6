import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { RenderedResource, Rendering } from "./rendering.ts";

/** Longer texts, such as dashboards, are told apart by their digest: nobody reads them in a diff. */
const LONGEST_TEXT = 1000;

function shortened(value: unknown): unknown {
    if (typeof value === "string" && value.length > LONGEST_TEXT) {
        const digest = createHash("sha256").update(value).digest("hex");
        return `[${value.length} characters, sha256 ${digest}]`;
    }
    if (Array.isArray(value)) {
        return value.map(shortened);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}

/** A component's inputs are its arguments over again; what it made of them follows in its children. */
function shown(resource: RenderedResource): object {
    const { name, type, parent, dependsOn, ignoreChanges, custom, inputs } = resource;
    return {
        name,
        type,
        ...(parent !== undefined && { parent }),
        ...(custom && {
            dependsOn,
            ...(ignoreChanges.length > 0 && { ignoreChanges }),
            inputs: shortened(inputs),
        }),
    };
}

/** The part of a rendering that a golden file holds. */
export interface Golden {
    readonly outputs: unknown;
    readonly resources: readonly Readonly<Record<string, unknown>>[];
}

/** A rendering as a golden file: sorted, one resource after the other. */
export function goldenText({ outputs, resources }: Rendering): string {
    return stringify(
        { outputs, resources: resources.map(shown) },
        { sortMapEntries: false, lineWidth: 0, aliasDuplicateObjects: false },
    );
}

export function parseGolden(text: string): Golden {
    return parse(text) as Golden;
}

function goldenPath(name: string): string {
    return fileURLToPath(new URL(`../golden/${name}.yaml`, import.meta.url));
}

export function readGolden(name: string): Promise<string> {
    return readFile(goldenPath(name), "utf8");
}

/** Replaces a golden file as a whole: an interrupted run leaves the old one. */
export async function writeGolden(name: string, rendering: Rendering): Promise<void> {
    const target = goldenPath(name);
    const draft = `${target}.new`;
    await writeFile(draft, goldenText(rendering));
    await rename(draft, target);
}
