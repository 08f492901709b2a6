import { EnvironmentError } from "#errors.ts";
import { mergeConfig } from "./project-config.ts";
import { defaultProgram, readProject, readStackConfig } from "./project.ts";
import type { RenderedResource } from "./render/rendering.ts";
import { run } from "./render/run.ts";

/** What replaces the stack's own values, and whether secrets keep theirs. */
export interface RenderedProgramOptions {
    /** Values that replace the stack's own, by their key, for example `mesh:namespace`. */
    readonly replaced?: Readonly<Record<string, string>>;
    /** For somebody who judges secrets and shows none. Default false. */
    readonly showSecrets?: boolean;
}

/** What a program registers in a stack. */
export interface RenderedProgram {
    /** Name of the Pulumi project. */
    readonly project: string;
    readonly resources: readonly RenderedResource[];
}

/**
 * What the checkout's program registers in a stack, as a preview would see it: no engine and no cluster are asked.
 *
 * @throws EnvironmentError when the stack, its configuration or the program will not do
 */
export async function renderedProgram(
    stack: string,
    { replaced, showSecrets = false }: RenderedProgramOptions = {},
): Promise<RenderedProgram> {
    const project = await readProject(defaultProgram());
    const config = mergeConfig(project, stack, {
        ...(await readStackConfig(project, stack)),
        ...replaced,
    });
    const { resources, errors } = await run({
        program: "index.ts",
        stack,
        config,
        preview: true,
        showSecrets,
    });
    if (errors.length > 0) {
        throw new EnvironmentError(`The program fails in stack ${stack}: ${errors.join("\n")}`);
    }
    return { project: project.name, resources };
}
