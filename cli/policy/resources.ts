import { readFile } from "node:fs/promises";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { UNKNOWN } from "#policy/known.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { mergeConfig } from "#stack/project-config.ts";
import { defaultProgram, readProject, readStackConfig } from "#stack/project.ts";
import { run } from "#stack/render/run.ts";
import { SECRET_MARK, UNKNOWN_MARK } from "#stack/render/values.ts";

/** Key and value by which Pulumi marks a secret in its state. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

type Fields = Readonly<Record<string, unknown>>;

/** A copy of a value in which `replace` has had the first word on every part; it answers `undefined` to leave one. */
function mapped(value: unknown, replace: (part: unknown) => unknown): unknown {
    const replaced = replace(value);
    if (replaced !== undefined) {
        return replaced;
    }
    if (Array.isArray(value)) {
        return value.map((inner) => mapped(inner, replace));
    }
    return typeof value === "object" && value !== null
        ? Object.fromEntries(
              Object.entries(value).map(([key, inner]) => [key, mapped(inner, replace)]),
          )
        : value;
}

/**
 * What the checkout's program registers in a stack, as a preview would see it.
 *
 * @throws EnvironmentError when the stack or its configuration will not do
 */
export async function programResources(stack: string): Promise<RegisteredResource[]> {
    const project = await readProject(defaultProgram());
    const config = mergeConfig(project, stack, await readStackConfig(project, stack));
    const { resources, errors } = await run({ program: "index.ts", stack, config, preview: true });
    if (errors.length > 0) {
        throw new EnvironmentError(`The program fails in stack ${stack}: ${errors.join("\n")}`);
    }
    return resources.map(({ type, name, inputs }) => ({
        type,
        name,
        urn: `urn:pulumi:${stack}::${project.name}::${type}::${name}`,
        props: mapped(inputs, (part) => (part === UNKNOWN_MARK ? UNKNOWN : undefined)) as object,
    }));
}

const stateFile = z.object({
    deployment: z.object({
        resources: z
            .array(
                z.object({
                    urn: z.string(),
                    type: z.string(),
                    inputs: z.record(z.string(), z.unknown()).default({}),
                    delete: z.boolean().default(false),
                    provider: z.string().optional(),
                }),
            )
            .default([]),
    }),
});

/** Secrets as far as the export holds them: in the clear after `--show-secrets`, else a mark. */
function withoutSecrets(part: unknown): unknown {
    const fields = (typeof part === "object" ? (part ?? {}) : {}) as Fields;
    if (fields[SIGNATURE] !== SECRET) {
        return undefined;
    }
    const { plaintext } = fields;
    return typeof plaintext === "string" ? (JSON.parse(plaintext) as unknown) : SECRET_MARK;
}

/**
 * The resources of an exported state, by their inputs.
 *
 * @param file what `pulumi stack export` wrote
 * @throws EnvironmentError for a file that is not there, or is no exported state
 */
export async function stateResources(file: string): Promise<RegisteredResource[]> {
    const parsed = stateFile.safeParse(await readJson(file));
    if (!parsed.success) {
        throw new EnvironmentError(
            `${file} is no exported state: deployment.resources is needed, as "pulumi stack export" writes it.`,
        );
    }
    const { resources } = parsed.data.deployment;
    const namespaces = new Map(
        resources.map(({ urn, inputs }) => [urn, inputs["namespace"]] as const),
    );
    return resources
        .filter((resource) => !resource.delete)
        .map(({ urn, type, inputs, provider }) => {
            const namespace = namespaces.get(provider?.replace(/::[^:]*$/, "") ?? "");
            return {
                type,
                urn,
                name: urn.slice(urn.indexOf("::", urn.indexOf(type)) + 2),
                props: mapped(inputs, withoutSecrets) as object,
                namespace: typeof namespace === "string" ? namespace : undefined,
            };
        });
}

/** @throws EnvironmentError for a file that cannot be read, or holds no JSON */
export async function readJson(file: string): Promise<unknown> {
    let text: string;
    try {
        text = await readFile(file, "utf8");
    } catch {
        throw new EnvironmentError(`There is no readable file ${file}.`);
    }
    try {
        return JSON.parse(text) as unknown;
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EnvironmentError(`${file} is not JSON: ${reason}`);
    }
}
