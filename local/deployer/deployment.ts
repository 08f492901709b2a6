import type { Report } from "#errors.ts";
import type { Engine } from "./engine.ts";

/** What a run did with one resource. */
export type Action = "created" | "changed" | "replaced" | "unchanged" | "deleted";

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
    /** Paths of the inputs that change, for example `spec.mtls.mode`; empty where all of it comes or goes. */
    readonly fields: readonly string[];
}

/** Which stack, from which program, by which engine. */
export interface StackOptions {
    /** The stack, as in `Pulumi.<stack>.yaml` beside the program. */
    readonly stack: string;
    /** The program's file; `Pulumi.yaml` and the stack's file lie beside it. Default: `index.ts` of this checkout. */
    readonly program?: string;
    /** Settings that hold for this run in place of the stack file's, by their full key, as text. */
    readonly config?: Readonly<Record<string, string>>;
    /** Default: the one {@link findEngine} finds. */
    readonly engine?: Engine;
    readonly report: Report;
    /** Aborting ends the run as soon as what was being applied is recorded. */
    readonly signal?: AbortSignal;
    /** Folders of the policy packs that the engine enforces. Default: none. */
    readonly policyPacks?: readonly PolicyPack[];
}

/** A policy pack and its configuration's file. */
interface PolicyPack {
    readonly folder: string;
    /** As `--policy-pack-config` takes it. Default: none. */
    readonly config?: string;
}

/** A stack of the local cluster. */
export interface DeployOptions extends StackOptions {
    /** Path of the kubeconfig whose current context is deployed to. */
    readonly kubeconfig: string;
    /** Asked at first and just before anything is changed; throws where the cluster is somebody else's. Default: nobody is. */
    readonly assertTarget?: () => Promise<void>;
}

/** What a deployment did. */
export interface DeploySummary {
    readonly created: number;
    readonly changed: number;
    readonly replaced: number;
    readonly unchanged: number;
    readonly deleted: number;
    /** Sorted by URN. */
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
