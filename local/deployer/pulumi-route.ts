import { resolve } from "node:path";

import type {
    EngineEvent,
    OutputMap,
    PulumiCommand,
    Stack,
} from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

import { defaultProgram, readProject } from "./project.ts";
import { preparePulumiState } from "./pulumi-state.ts";
import { formatOutcome, summarize } from "./summary.ts";
import type {
    Action,
    DeployOptions,
    DeploySummary,
    PlannedChange,
    ResourceOutcome,
} from "./types.ts";
import { DeployError, SECRET_OUTPUT } from "./types.ts";

/** Deploys with the CLI: state in files outside the checkout, no account, the user's program as it is. */
export async function deployWithPulumi(
    options: DeployOptions,
    command: PulumiCommand,
    cluster: string,
): Promise<DeploySummary> {
    const started = Date.now();
    const stack = await openStack(options, command, cluster);
    const log = new EventLog(options.report);
    const result = await log.watch(options, (signal) =>
        // Refreshing first makes the CLI see what was changed or deleted behind its back.
        stack.up({
            refresh: true,
            onEvent: log.see,
            ...(signal ? { signal } : {}),
            color: "never",
        }),
    );
    const seconds = (Date.now() - started) / 1000;
    return summarize("pulumi", log.outcomes, plainOutputs(result.outputs), seconds);
}

/** Removes what the CLI deployed to the cluster, and the stack from its state. */
export async function undeployWithPulumi(
    options: DeployOptions,
    command: PulumiCommand,
    cluster: string,
): Promise<DeploySummary> {
    const started = Date.now();
    const stack = await openStack(options, command, cluster);
    const log = new EventLog(options.report);
    await log.watch(options, (signal) =>
        stack.destroy({ onEvent: log.see, ...(signal ? { signal } : {}), color: "never" }),
    );
    await stack.workspace.removeStack(options.stack);
    return summarize("pulumi", log.outcomes, {}, (Date.now() - started) / 1000);
}

/** What {@link deployWithPulumi} would touch, by the CLI's own preview. */
export async function previewWithPulumi(
    options: DeployOptions,
    command: PulumiCommand,
    cluster: string,
): Promise<readonly PlannedChange[]> {
    return previewStack(await openStack(options, command, cluster), options);
}

/** The changes of a stack's preview. */
export async function previewStack(
    stack: Stack,
    options: Pick<DeployOptions, "signal">,
): Promise<readonly PlannedChange[]> {
    const log = new EventLog(() => undefined);
    const planned = new Map<string, PlannedChange>();
    const onEvent = (event: EngineEvent): void => {
        log.see(event);
        const change = plannedIn(event);
        if (change !== undefined) planned.set(`${change.type} ${change.name}`, change);
    };
    await log.watch(options, (signal) =>
        stack.preview({ onEvent, color: "never", ...(signal ? { signal } : {}) }),
    );
    return [...planned.values()];
}

/** What an event of a preview says will become of a resource; undefined for all that stays. */
export function plannedIn({ resourcePreEvent }: EngineEvent): PlannedChange | undefined {
    if (resourcePreEvent === undefined) return undefined;
    const { op, urn, type, new: after, old: before } = resourcePreEvent.metadata;
    const action = ACTIONS[op];
    const isCustom = (after ?? before)?.custom === true;
    return action === undefined || action === "unchanged" || !isCustom || type.startsWith("pulumi:")
        ? undefined
        : { type, name: urn.split("::").at(-1) ?? urn, action };
}

async function openStack(
    options: DeployOptions,
    command: PulumiCommand,
    cluster: string,
): Promise<Stack> {
    const project = await readProject(options.program ?? defaultProgram());
    const state = await preparePulumiState(project, options.stack, cluster, options.program);
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: options.stack, workDir: state.workDirectory },
        {
            pulumiCommand: command,
            envVars: { ...state.environment, KUBECONFIG: resolve(options.kubeconfig) },
        },
    );
    // Written to the stack's file in the work directory, which is a copy.
    for (const [key, value] of Object.entries(options.config ?? {})) {
        await stack.setConfig(key, { value });
    }
    return stack;
}

/** The stack's outputs without the secret ones' values. */
export function plainOutputs(outputs: OutputMap): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(outputs).map(([name, output]) => [
            name,
            output.secret ? SECRET_OUTPUT : (output.value as unknown),
        ]),
    );
}

const ACTIONS: Readonly<Record<string, Action>> = {
    create: "created",
    update: "changed",
    replace: "changed",
    "create-replacement": "changed",
    same: "unchanged",
    delete: "deleted",
};

/** Turns the CLI's events into outcomes. Like the embedded deployer it counts what exists, not what groups it. */
export class EventLog {
    readonly #report: (line: string) => void;
    readonly #outcomes = new Map<string, ResourceOutcome>();
    readonly #errors: string[] = [];

    constructor(report: (line: string) => void) {
        this.#report = report;
    }

    get outcomes(): readonly ResourceOutcome[] {
        return [...this.#outcomes.values()];
    }

    readonly see = (event: EngineEvent): void => {
        const { diagnosticEvent, resOutputsEvent } = event;
        if (diagnosticEvent && !diagnosticEvent.ephemeral) {
            const message = plain(diagnosticEvent.message);
            const name = diagnosticEvent.urn?.split("::").at(-1);
            const line = name === undefined || name === "" ? message : `${name}: ${message}`;
            if (diagnosticEvent.severity === "error") this.#errors.push(line);
            else if (diagnosticEvent.severity === "warning") this.#report(line);
        }
        if (resOutputsEvent === undefined) return;
        const { op, urn, type, new: after, old: before } = resOutputsEvent.metadata;
        const action = ACTIONS[op];
        const isCustom = (after ?? before)?.custom === true;
        if (action === undefined || !isCustom || type.startsWith("pulumi:")) return;
        const outcome = { urn, type, name: urn.split("::").at(-1) ?? urn, action };
        const repeated = this.#outcomes.get(urn)?.action === action;
        this.#outcomes.set(urn, outcome);
        if (action !== "unchanged" && !repeated) this.#report(formatOutcome(outcome));
    };

    /** Runs an operation of the CLI and turns its failure into what the CLI said about it. */
    async watch<T>(
        options: Pick<DeployOptions, "signal">,
        run: (signal?: AbortSignal) => Promise<T>,
    ): Promise<T> {
        try {
            return await run(options.signal);
        } catch (error) {
            if (options.signal?.aborted === true) {
                throw new DeployError("interrupted; the next run goes on from there");
            }
            if (this.#errors.length > 0) throw new DeployError(this.#errors.join("\n"));
            throw new DeployError(error instanceof Error ? error.message : String(error));
        }
    }
}

/** A message without the engine's colour marks. */
function plain(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}
