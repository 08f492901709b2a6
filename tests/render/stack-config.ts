// An oracle: reads the stacks' files apart from stack/ on purpose, so that its reader is compared with something.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** A key of the project as `Pulumi.yaml` declares it. */
interface Declaration {
    readonly type?: string;
    readonly description?: string;
    readonly default?: unknown;
}

interface ProjectFile {
    readonly name: string;
    readonly config: Readonly<Record<string, Declaration>>;
}

function readYaml(file: string): unknown {
    return parse(readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8"));
}

/** `Pulumi.yaml` as written. */
export function projectFile(): ProjectFile {
    return readYaml("Pulumi.yaml") as ProjectFile;
}

/** `Pulumi.<stack>.yaml` as written; keys are `<namespace>:<name>`. */
export function stackFile(stack: string): Readonly<Record<string, unknown>> {
    const { config } = readYaml(`Pulumi.${stack}.yaml`) as {
        readonly config: Readonly<Record<string, unknown>>;
    };
    return config;
}

function asText(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What a program reads as its configuration: each declared default, replaced by the stack's value as a whole (the CLI
 * never merges objects), everything as text, objects as JSON.
 *
 * @param overrides values that win over the stack's file, as `pulumi config set` would
 */
export function stackConfig(
    stack: string,
    overrides: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
    const { name, config } = projectFile();
    const defaults = Object.entries(config).flatMap(([key, declaration]) =>
        declaration.default === undefined ? [] : [[`${name}:${key}`, declaration.default] as const],
    );
    const merged = { ...Object.fromEntries(defaults), ...stackFile(stack), ...overrides };
    return Object.fromEntries(Object.entries(merged).map(([key, value]) => [key, asText(value)]));
}
