import { EnvironmentError } from "#errors.ts";
import type { FailOn } from "#review/report.ts";

/** What the command line gives. */
export interface CheckOptions {
    /** Revision that is compared with. */
    readonly base?: string;
    /** Default: every stack of the checkout. */
    readonly stack?: readonly string[];
    readonly manifests?: readonly string[];
    /** Folder or `oci://` mirror of charts. */
    readonly charts?: string;
    /** Whether charts are taken from where they are published. */
    readonly pull: boolean;
    /** Configuration of the pack for manifests. */
    readonly config?: string;
    readonly failOn: FailOn;
    readonly json?: true;
    readonly timings?: true;
    readonly markdown?: string;
    readonly sarif?: string;
    readonly html?: string;
}

/** @throws EnvironmentError for options of which one has no effect beside another */
export function assertSensible({ manifests, config, charts, failOn, base }: CheckOptions): void {
    if (manifests !== undefined && charts !== undefined) {
        throw new EnvironmentError("--charts goes with stacks; manifests have no releases.");
    }
    if (manifests?.includes("-") === true && base !== undefined) {
        throw new EnvironmentError(
            "--base goes with files; what comes in on stdin has no history.",
        );
    }
    if (config !== undefined && manifests === undefined) {
        throw new EnvironmentError(
            "--config goes with --manifests; a stack's is policy/config/<stack>.json.",
        );
    }
    if (failOn === "weaker" && base === undefined) {
        throw new EnvironmentError("--fail-on weaker needs --base, which says weaker than what.");
    }
}
