import { isDeepStrictEqual } from "node:util";
import type {
    EngineEvent,
    OutputMap,
    PropertyDiff,
    StepEventMetadata,
} from "@pulumi/pulumi/automation/index.js";
import type { Report } from "#errors.ts";
import type { ReleaseName } from "#live/helm.ts";
import type { Action, PlannedChange, ResourceOutcome, StackOptions } from "./deployment.ts";
import { DeployError, SECRET_OUTPUT } from "./deployment.ts";
import { faultIn } from "./explain.ts";
import { releaseOf } from "./helm-records.ts";
import { formatOutcome } from "./summary.ts";

const ACTIONS: Readonly<Record<string, Action>> = {
    create: "created",
    update: "changed",
    replace: "replaced",
    "create-replacement": "replaced",
    same: "unchanged",
    delete: "deleted",
};

/**
 * What a step does to a resource. The engine also updates one that was not ready when it was looked at, and only waits
 * for it then: nothing becomes another.
 */
function actionOf({
    op,
    old: before,
    new: after,
    detailedDiff,
}: StepEventMetadata): Action | undefined {
    const isSame =
        op === "update" &&
        before?.inputs !== undefined &&
        Object.keys(detailedDiff ?? {}).length === 0 &&
        isDeepStrictEqual(before.inputs, after?.inputs);
    return isSame ? "unchanged" : ACTIONS[op];
}

/** What the engine warns of that is as it should be: plugins that were built here. */
const OUR_OWN = /^using pulumi-\S+ from \$PATH|^resource plugin \S+ is expected to have version/;

/** The stack's outputs without the secret ones' values. */
export function plainOutputs(outputs: OutputMap): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(outputs).map(([name, output]) => [
            name,
            output.secret ? SECRET_OUTPUT : (output.value as unknown),
        ]),
    );
}

/** What an event of a preview says will become of a resource; undefined for all that stays. */
export function plannedIn({ resourcePreEvent }: EngineEvent): PlannedChange | undefined {
    if (resourcePreEvent === undefined) {
        return undefined;
    }
    const { urn, type, new: after, old: before, detailedDiff } = resourcePreEvent.metadata;
    const action = actionOf(resourcePreEvent.metadata);
    const isCustom = (after ?? before)?.custom === true;
    return action === undefined || action === "unchanged" || !isCustom || type.startsWith("pulumi:")
        ? undefined
        : { type, name: nameIn(urn), action, fields: inputsIn(detailedDiff) };
}

function plannedReleaseIn({ resourcePreEvent }: EngineEvent): ReleaseName | undefined {
    const { type = "", new: after } = resourcePreEvent?.metadata ?? {};
    return releaseOf({ type, inputs: (after?.inputs ?? {}) as Record<string, unknown> });
}

/** Operations that leave a resource in the state as it is; what a refresh finds is followed by its mending. */
const IDLE = new Set(["same", "refresh", "read"]);

function isDifference({ resourcePreEvent, resOutputsEvent }: EngineEvent): boolean {
    if (resourcePreEvent !== undefined && !IDLE.has(resourcePreEvent.metadata.op)) {
        return true;
    }
    if (resOutputsEvent?.metadata.type !== "pulumi:pulumi:Stack") {
        return false;
    }
    const { op, old: before, new: after } = resOutputsEvent.metadata;
    return op === "same" && !isDeepStrictEqual(before?.outputs ?? {}, after?.outputs ?? {});
}

function inputsIn(diff: Record<string, PropertyDiff> | null | undefined): string[] {
    return Object.keys(diff ?? {}).sort();
}

function nameIn(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}

/** Turns the engine's events into outcomes. What only groups resources is not counted. */
export class EventLog {
    readonly #report: Report;
    readonly #outcomes = new Map<string, ResourceOutcome>();
    readonly #planned = new Map<string, PlannedChange>();
    readonly #plannedReleases: ReleaseName[] = [];
    readonly #errors: string[] = [];
    readonly #refused: string[] = [];
    readonly #isPreview: boolean;
    #differs = false;

    /** @param isPreview whether what is told is only planned, and so not reported as done. Default false */
    constructor(report: Report, isPreview = false) {
        this.#report = report;
        this.#isPreview = isPreview;
    }

    get outcomes(): readonly ResourceOutcome[] {
        return [...this.#outcomes.values()];
    }

    get planned(): readonly PlannedChange[] {
        return [...this.#planned.values()];
    }

    /** Releases that would be installed. */
    get plannedReleases(): readonly ReleaseName[] {
        return this.#plannedReleases;
    }

    /** Whether anything of the state would become another: a resource, a component, a provider or an output of the stack. */
    get differs(): boolean {
        return this.#differs;
    }

    readonly see = (event: EngineEvent): void => {
        const change = plannedIn(event);
        if (change !== undefined) {
            this.#planned.set(`${change.type} ${change.name}`, change);
        }
        const release = change?.action === "created" ? plannedReleaseIn(event) : undefined;
        if (release !== undefined) {
            this.#plannedReleases.push(release);
        }
        this.#differs ||= isDifference(event);
        this.#seeDiagnostic(event);
        this.#seePolicy(event);
        this.#seeRefresh(event);
        this.#seeOutcome(event);
    };

    #seeDiagnostic({ diagnosticEvent }: EngineEvent): void {
        if (diagnosticEvent === undefined || diagnosticEvent.ephemeral === true) {
            return;
        }
        const message = plain(diagnosticEvent.message);
        const { urn } = diagnosticEvent;
        const line = urn === undefined || urn === "" ? message : `${nameIn(urn)}: ${message}`;
        if (diagnosticEvent.severity === "error") {
            this.#errors.push(line);
        } else if (diagnosticEvent.severity === "warning" && !OUR_OWN.test(message)) {
            this.#report(line);
        }
    }

    #seePolicy({ policyEvent }: EngineEvent): void {
        if (policyEvent === undefined) {
            return;
        }
        const { enforcementLevel, policyName, resourceUrn = "", message } = policyEvent;
        const at = resourceUrn === "" ? "" : `${nameIn(resourceUrn)}: `;
        const line = `${enforcementLevel} policy ${policyName}: ${at}${plain(message)}`;
        if (enforcementLevel === "mandatory") {
            this.#refused.push(line);
        } else {
            this.#report(line);
        }
    }

    /** What a refresh found otherwise than it was left; the update that follows says what is done about it. */
    #seeRefresh({ resOutputsEvent }: EngineEvent): void {
        if (resOutputsEvent?.metadata.op !== "refresh") {
            return;
        }
        const { urn, type, old: before, new: after, detailedDiff } = resOutputsEvent.metadata;
        if (before?.custom !== true || type.startsWith("pulumi:")) {
            return;
        }
        if (after == null) {
            this.#report(`${type} ${nameIn(urn)} is gone`);
        }
        const fields = inputsIn(detailedDiff);
        if (fields.length > 0) {
            this.#report(`${type} ${nameIn(urn)} was changed: ${fields.join(", ")}`);
        }
    }

    #seeOutcome({ resOutputsEvent }: EngineEvent): void {
        if (resOutputsEvent === undefined) {
            return;
        }
        const { urn, type, new: after, old: before } = resOutputsEvent.metadata;
        const action = actionOf(resOutputsEvent.metadata);
        const isCustom = (after ?? before)?.custom === true;
        if (action === undefined || !isCustom || type.startsWith("pulumi:")) {
            return;
        }
        const earlier = this.#outcomes.get(urn)?.action;
        // A replacement is made of several steps.
        if (earlier === "replaced") {
            return;
        }
        const outcome = { urn, type, name: nameIn(urn), action };
        this.#outcomes.set(urn, outcome);
        if (action !== "unchanged" && earlier !== action && !this.#isPreview) {
            this.#report(formatOutcome(outcome));
        }
    }

    /**
     * Runs an operation of the engine and turns its failure into what the engine said about it.
     *
     * @throws EnvironmentError for what the user has to mend, DeployError for the rest
     */
    async watch<T>({ signal }: Pick<StackOptions, "signal">, run: () => Promise<T>): Promise<T> {
        try {
            return await run();
        } catch (error) {
            const said = error instanceof Error ? error.message : String(error);
            if (signal?.aborted === true) {
                throw new DeployError("interrupted; the next run goes on from there");
            }
            const fault = faultIn([...this.#errors, said].join("\n"));
            if (fault !== undefined) {
                throw fault;
            }
            const told = [...this.#refused, ...this.#errors];
            throw new DeployError(told.length > 0 ? told.join("\n") : said);
        }
    }
}

/** A message without the engine's colour marks. */
function plain(message: string): string {
    return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}
