import type { Report } from "../errors.ts";

/** What a run did with one resource. */
export type Action = "created" | "changed" | "unchanged" | "deleted";

/** One resource of a stack after a run. */
export interface ResourceOutcome {
    readonly urn: string;
    /** Pulumi's type token, for example `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    /** The name the program gave it, not the one in the cluster. */
    readonly name: string;
    readonly action: Action;
}

/** One resource that a deployment would touch. */
export interface PlannedChange {
    readonly type: string;
    readonly name: string;
    readonly action: Exclude<Action, "unchanged">;
}

export interface DeployOptions {
    /** The stack, as in `Pulumi.<stack>.yaml` beside the program. */
    readonly stack: string;
    /** Path of the kubeconfig whose current context is deployed to. */
    readonly kubeconfig: string;
    /** The program's file; `Pulumi.yaml` and the stack's file lie beside it. Default: `index.ts` of this checkout. */
    readonly program?: string;
    /** Settings that hold for this deployment in place of the stack file's, by their full key, as text. */
    readonly config?: Readonly<Record<string, string>>;
    readonly report: Report;
    /** Aborting ends the run as soon as what was being applied is recorded. */
    readonly signal?: AbortSignal;
    /** Default `auto`: the Pulumi CLI where one can be had, and the embedded deployer elsewhere. */
    readonly via?: "auto" | DeployRoute;
}

export type DeployRoute = "pulumi" | "embedded";

/** What a deployment did, and which way. */
export interface DeploySummary {
    readonly via: DeployRoute;
    readonly created: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly deleted: number;
    readonly resources: readonly ResourceOutcome[];
    /** The stack's outputs; secret ones read `[secret]`. Empty after a removal. */
    readonly outputs: Readonly<Record<string, unknown>>;
    readonly seconds: number;
}

/** What stands in for the value of a secret output. */
export const SECRET_OUTPUT = "[secret]";

/** A deployment that did not reach its end: one or more resources could not be applied or removed. */
export class DeployError extends Error {
    override readonly name = "DeployError";
}
