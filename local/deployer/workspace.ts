import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { EnvironmentError } from "#errors.ts";
import type { Project } from "#stack/project.ts";
import { defaultProgram, readProject } from "#stack/project.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { checkpointFile, keptDirectory, readCheckpoint } from "./checkpoint.ts";
import type { DeployOptions, StackOptions } from "./deployment.ts";
import type { Engine } from "./engine.ts";
import { findEngine } from "./engine.ts";
import { explained } from "./explain.ts";
import type { StackHome } from "./home.ts";
import { forgetOwnSettings, OVERWRITE, prepareHome } from "./home.ts";
import { clearLeftovers } from "./leftovers.ts";
import { programOf } from "./program.ts";

/** A stack with the engine that works on it. */
export interface OpenStack {
    readonly stack: Stack;
    readonly engine: Engine;
}

/** A stack of the local cluster, whose state is ours. */
export interface LocalStack extends OpenStack {
    readonly project: Project;
    readonly home: StackHome;
    /** The state's file, and where earlier ones are kept. */
    readonly file: string;
    readonly kept: string;
    /** As it was before anything was done; undefined where nothing was ever deployed. */
    readonly checkpoint: Checkpoint | undefined;
}

/**
 * Opens a stack of the local cluster for the engine, with what a killed run left behind cleared away.
 *
 * @throws EnvironmentError for faults of the machine, the state or the project's files
 */
export async function openLocalStack(options: DeployOptions, cluster: string): Promise<LocalStack> {
    const { report, stack: stackName, kubeconfig, config } = options;
    const project = await readProject(options.program ?? defaultProgram());
    const engine = options.engine ?? (await findEngine(report));
    const home = await explained(() =>
        prepareHome({
            project,
            stack: stackName,
            cluster,
            kubeconfig,
            provider: engine.provider,
            otherProviders: engine.otherProviders,
            ...(config && { config }),
        }),
    );
    forgetOwnSettings(home);
    const file = checkpointFile(home, project.name, stackName);
    const kept = keptDirectory(home, stackName);
    const checkpoint = await readCheckpoint(file, kept, report);
    const stack = await explained(() =>
        LocalWorkspace.createOrSelectStack(
            { stackName, projectName: project.name, program: programIn(options) },
            {
                workDir: home.workDirectory,
                pulumiCommand: engine.command,
                envVars: { ...home.environment },
            },
        ),
    );
    await clearLeftovers(stack, home, project.name, report);
    return { stack, engine, project, home, file, kept, checkpoint };
}

/**
 * Opens a stack of another cluster, in the backend and with the account that the user has.
 *
 * @param overwrite whether its deployments also write over what others changed in the cluster. Default false
 * @throws EnvironmentError where there is no such stack
 */
export async function openOwnStack(options: StackOptions, overwrite = false): Promise<OpenStack> {
    const { report, stack: stackName } = options;
    const project = await readProject(options.program ?? defaultProgram());
    const engine = options.engine ?? (await findEngine(report));
    try {
        const stack = await LocalWorkspace.selectStack(
            { stackName, projectName: project.name, program: programIn(options) },
            {
                workDir: project.directory,
                pulumiCommand: engine.command,
                envVars: overwrite ? { [OVERWRITE]: "true" } : {},
            },
        );
        return { stack, engine };
    } catch (error) {
        const reason = error instanceof Error ? error.message.trim().split("\n").at(-1) : "";
        throw new EnvironmentError(`Stack ${stackName} cannot be selected: ${reason ?? ""}`);
    }
}

function programIn({ program }: StackOptions): PulumiFn {
    return programOf(program ?? defaultProgram());
}
