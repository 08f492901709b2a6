/** One stack to be rendered. */
export interface RenderJob {
    /** Path of the program's module below the checkout. */
    readonly program: string;
    readonly stack: string;
    readonly config: Readonly<Record<string, string>>;
    /** A preview asks no cluster anything; an update would. */
    readonly preview: boolean;
    /** Whether secrets keep their values, for somebody who judges them and shows none. Default false. */
    readonly showSecrets?: boolean;
}

export interface RenderedResource {
    /** Pulumi's type token, for example `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    readonly custom: boolean;
    /** Name of the parent; `undefined` directly below the stack. */
    readonly parent: string | undefined;
    /** Names of the resources that are there before it, sorted. */
    readonly dependsOn: readonly string[];
    /** Property paths that an update leaves as they are in the cluster. */
    readonly ignoreChanges: readonly string[];
    /** Inputs as registered; what is secret reads `[secret]`, unless the job says otherwise. */
    readonly inputs: unknown;
}

/** How a component called `registerOutputs` itself, beyond what the SDK's base class does for it. */
export interface OutputsCall {
    readonly component: string;
    /** Explicit calls. */
    readonly calls: number;
    /** Whether children were made after the first one. */
    readonly childrenAfterwards: boolean;
}

/** Says now and then that a rendering goes on. */
export interface Progress {
    /** Resources so far, of all jobs. */
    readonly registered: number;
}

export interface Rendering {
    /** Sorted by name. */
    readonly resources: readonly RenderedResource[];
    readonly outputs: unknown;
    readonly outputsCalls: readonly OutputsCall[];
    /** Names in the order in which their registration began, and marks that a program set itself. */
    readonly order: readonly string[];
    /** Messages of everything that was thrown, whether or not somebody awaited it. */
    readonly errors: readonly string[];
    /** Lines that the program logged. */
    readonly warnings: readonly string[];
}
