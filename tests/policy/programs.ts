import { readFileSync } from "node:fs";
import { readConfiguration } from "#policy/configuration.ts";
import { rules } from "#policy/rules/index.ts";
import type { Settings } from "#policy/settings.ts";
import { UNKNOWN_MARK } from "#stack/render/values.ts";
import { renderBookinfo, renderCanaries, renderStack } from "../render/render.ts";
import type { StackName } from "../render/render.ts";
import type { Rendering } from "../render/rendering.ts";
import { UNKNOWN } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";

export type ProgramName = StackName | "canaries" | "bookinfo";

/** A rendered program, and how the pack is told to judge it. */
export interface Program {
    readonly manifests: readonly Manifest[];
    readonly settings: Settings;
}

function withUnknowns(value: unknown): unknown {
    if (value === UNKNOWN_MARK) {
        return UNKNOWN;
    }
    if (Array.isArray(value)) {
        return value.map(withUnknowns);
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(
              Object.entries(value).map(([key, inner]) => [key, withUnknowns(inner)]),
          )
        : value;
}

function manifestsOf({ resources }: Rendering): Manifest[] {
    return resources.map(({ type, name, inputs }) => ({
        type,
        name,
        props: withUnknowns(inputs) as Manifest["props"],
    }));
}

/** The settings that `mesh policy` and the pull-request check give for a stack. */
function settingsOf(stack: StackName): Settings {
    const file = new URL(`../../policy/config/${stack}.json`, import.meta.url);
    const config: unknown = JSON.parse(readFileSync(file, "utf8"));
    return readConfiguration(config, rules, () => undefined).settings;
}

/** One of our own programs. The ones that are no stack of the checkout run as production. */
export async function ownProgram(name: ProgramName): Promise<Program> {
    switch (name) {
        case "bookinfo":
            return { manifests: manifestsOf(await renderBookinfo()), settings: settingsOf("prod") };
        case "canaries":
            return { manifests: manifestsOf(await renderCanaries()), settings: settingsOf("prod") };
        default:
            return { manifests: manifestsOf(await renderStack(name)), settings: settingsOf(name) };
    }
}
