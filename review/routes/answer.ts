import type { Field } from "#policy/field.ts";
import type { Condition } from "./match.ts";

/** Where a share of the requests goes. */
export interface Target {
    /** Full name of the host. */
    readonly host: string;
    readonly subset?: string;
    readonly port?: string;
    readonly percent: number;
}

/** What happens to a request that is tried again. */
export interface Retries {
    /** Tries after the first one. */
    readonly attempts: number;
    /** Milliseconds after which one try ends; absent where only the whole request does. */
    readonly perTryTimeout?: number;
    /** What starts another try, sorted. */
    readonly conditions: readonly string[];
    /** Those of them after which the first try may have done its work. */
    readonly unsafe: readonly string[];
}

/** A fault that is made on purpose on a share of the requests. */
export interface Fault {
    /** For example `a delay of 2s` or `an answer 503`. */
    readonly what: string;
    readonly percent: number;
}

/** What a proxy does with a request. */
export interface Answer {
    readonly kind: "direct" | "forward" | "redirect";
    readonly targets: readonly Target[];
    /** Milliseconds in which the request ends with all its tries; absent where nothing ends it. */
    readonly timeout?: number;
    readonly retries: Retries;
    readonly faults: readonly Fault[];
    readonly mirrors: readonly Target[];
    /** What becomes of the path and of the host, for example `/v2`. */
    readonly rewrite?: string;
    /** For example `sets x-user in requests`, sorted. */
    readonly headers: readonly string[];
    /** Who else's pages may call it, in one text. */
    readonly crossOrigin?: string;
    /** Whose pages may call it. */
    readonly origins: readonly string[];
    /** Where a redirect leads to. */
    readonly location?: string;
    /** The status of a direct response. */
    readonly status?: string;
}

/** One match of a route, and what is done with whom it takes. */
export interface Entry {
    readonly match: readonly Condition[];
    readonly answer: Answer;
    /** The route, where it is written; absent where nobody wrote one. */
    readonly field?: Field;
    /** Methods that may do their work twice and are sent again after they may have done it. */
    readonly repeats: readonly string[];
}
