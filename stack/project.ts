import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { readYaml } from "./documents.ts";

const configDeclaration = z.looseObject({
    type: z.enum(["string", "integer", "boolean", "array", "object"]).optional(),
    default: z.unknown().optional(),
    value: z.unknown().optional(),
    secret: z.boolean().optional(),
});

const projectFile = z.looseObject({
    name: z.string().min(1),
    main: z.string().optional(),
    config: z.record(z.string(), z.unknown()).optional(),
});

/** What the CLI keeps in a stack's file beside its configuration. */
const CLI_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

export type ConfigDeclaration = z.infer<typeof configDeclaration>;

/** A Pulumi project as its files state it. */
export interface Project {
    readonly name: string;
    /** The folder with `Pulumi.yaml`. */
    readonly directory: string;
    /** Declared keys, a shorthand value already written out; keys as in the file. */
    readonly declarations: Readonly<Record<string, ConfigDeclaration>>;
    /** `Pulumi.yaml` as parsed. */
    readonly raw: Readonly<Record<string, unknown>>;
}

/** `index.ts` of this checkout. */
export function defaultProgram(): string {
    return fileURLToPath(new URL("../index.ts", import.meta.url));
}

/**
 * Reads the `Pulumi.yaml` beside a program.
 *
 * @throws EnvironmentError naming the file when it is missing or not a project.
 */
export async function readProject(program: string): Promise<Project> {
    const directory = dirname(resolve(program));
    const path = join(directory, "Pulumi.yaml");
    const parsed = projectFile.safeParse(await readYaml(path));
    if (!parsed.success) {
        throw new EnvironmentError(`${path} is not a Pulumi project: ${firstIssue(parsed.error)}`);
    }
    const { name, config = {} } = parsed.data;
    const declarations: Record<string, ConfigDeclaration> = {};
    for (const [key, value] of Object.entries(config)) {
        declarations[key] = declare(path, name, key, value);
    }
    return { name, directory, declarations, raw: parsed.data };
}

/**
 * Config of `Pulumi.<stack>.yaml` as written; keys are `<namespace>:<name>`.
 *
 * @throws EnvironmentError for a file that says nothing: with nothing but defaults it would be prod in silence
 */
export async function readStackConfig(
    project: Project,
    stack: string,
): Promise<Readonly<Record<string, unknown>>> {
    const path = stackFilePath(project, stack);
    const file = mapIn(path, await readYaml(path), "the file");
    const stray = Object.keys(file).filter((key) => !["config", ...CLI_KEYS].includes(key));
    if (stray.length > 0) {
        const hint = stray.includes("environment")
            ? " (an environment of Pulumi ESC is known to the CLI alone; the stack's own is mesh:environment, below config)"
            : "";
        throw new EnvironmentError(
            `${path}: nobody reads ${stray.join(", ")}${hint}; allowed: config, ${CLI_KEYS.join(", ")}.`,
        );
    }
    const config = mapIn(path, file["config"], "config");
    if (Object.keys(config).length === 0) {
        throw new EnvironmentError(
            `${path} says nothing of the stack; config is missing, with ${project.name}:environment and whatever else has no default.`,
        );
    }
    if (Object.hasOwn(config, "__proto__")) {
        throw new EnvironmentError(`${path}: config: there is no key __proto__.`);
    }
    return config;
}

/** A map of a stack's file; one that is left out is empty. */
function mapIn(path: string, value: unknown, what: string): Readonly<Record<string, unknown>> {
    if (value === null || value === undefined) {
        return {};
    }
    if (typeof value !== "object" || Array.isArray(value)) {
        throw new EnvironmentError(`${path} is not a stack's config: ${what} is no map.`);
    }
    return value as Readonly<Record<string, unknown>>;
}

export function stackFilePath(project: Project, stack: string): string {
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(stack)) {
        throw new EnvironmentError(
            `Stack "${stack}" is not a name: letters, digits, ".", "_" and "-" are allowed.`,
        );
    }
    return join(project.directory, `Pulumi.${stack}.yaml`);
}

/** Pulumi's shorthand: a plain value is a default for a key of the project and a value for any other key. */
function declare(path: string, project: string, key: string, value: unknown): ConfigDeclaration {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        const own = !key.includes(":") || key.startsWith(`${project}:`);
        return own ? { default: value } : { value };
    }
    const parsed = configDeclaration.safeParse(value);
    if (!parsed.success) {
        throw new EnvironmentError(`${path}: config ${key}: ${firstIssue(parsed.error)}`);
    }
    return parsed.data;
}

function firstIssue(error: z.ZodError): string {
    const issue = error.issues[0];
    if (issue === undefined) {
        return error.message;
    }
    const where = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    return `${where}${issue.message}`;
}
