import { join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { mergeConfig } from "./project-config.ts";
import { defaultProgram, readProject, readStackConfig } from "./project.ts";
import type { Project } from "./project.ts";
import type { RenderedResource, Rendering, RenderJob } from "./render/rendering.ts";
import type { RunOptions } from "./render/run.ts";
import { runEach } from "./render/run.ts";

const PROGRAM = "index.ts";

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

/** A stack that is rendered, and how. */
export interface StackToRender extends RenderedProgramOptions {
    readonly stack: string;
}

/**
 * What the checkout's program registers in a stack, as a preview would see it: no engine and no cluster are asked.
 *
 * @throws EnvironmentError when the stack, its configuration or the program will not do
 */
export async function renderedProgram(
    stack: string,
    options: RenderedProgramOptions = {},
): Promise<RenderedProgram> {
    const [rendered] = await renderedStacks([{ stack, ...options }]);
    if (rendered instanceof EnvironmentError) {
        throw rendered;
    }
    if (rendered === undefined) {
        throw new Error(`stack ${stack} gave no rendering`);
    }
    return rendered;
}

/**
 * The same for several stacks, of this checkout or of another one.
 *
 * @returns for each stack, in their order, its rendering or why there is none
 * @throws EnvironmentError where the checkout holds no Pulumi project
 */
export async function renderedStacks(
    stacks: readonly StackToRender[],
    options: RunOptions = {},
): Promise<(RenderedProgram | EnvironmentError)[]> {
    const project = await readProject(
        options.checkout === undefined ? defaultProgram() : join(options.checkout, PROGRAM),
    );
    const jobs = await Promise.all(stacks.map((stack) => jobFor(stack, project)));
    const ready = jobs.filter((job): job is RenderJob => !(job instanceof EnvironmentError));
    const renderings = (await eachRendered(ready, options)).values();
    return jobs.map((job) => {
        if (job instanceof EnvironmentError) {
            return job;
        }
        const { resources = [], errors = [] } = renderings.next().value ?? {};
        return errors.length > 0
            ? new EnvironmentError(`The program fails in stack ${job.stack}: ${errors.join("\n")}`)
            : { project: project.name, resources };
    });
}

type Outcome = Partial<Pick<Rendering, "resources">> & Pick<Rendering, "errors">;

/** One after another where one of them ends the process: the others can be rendered all the same. */
async function eachRendered(
    jobs: readonly RenderJob[],
    options: RunOptions,
): Promise<readonly Outcome[]> {
    try {
        return await runEach(jobs, options);
    } catch (error) {
        options.signal?.throwIfAborted();
        if (jobs.length === 1) {
            return [{ errors: [sentenceOf(error)] }];
        }
    }
    const outcomes: Outcome[] = [];
    for (const job of jobs) {
        outcomes.push(...(await eachRendered([job], options)));
    }
    return outcomes;
}

/** Without what the program has written, which can be anything. */
function sentenceOf(error: unknown): string {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return first.replace(/:$/, "");
}

async function jobFor(
    { stack, replaced, showSecrets = false }: StackToRender,
    project: Project,
): Promise<RenderJob | EnvironmentError> {
    try {
        const config = mergeConfig(project, stack, {
            ...(await readStackConfig(project, stack)),
            ...replaced,
        });
        return { program: PROGRAM, stack, config, preview: true, showSecrets };
    } catch (error) {
        if (error instanceof EnvironmentError) {
            return error;
        }
        throw error;
    }
}
