import type { Change, Graph, ObjectRef, SourcePlace } from "./change.ts";

/** The revision that a subject is compared with. */
export interface Base {
    /** As it was named, for example `origin/main`. */
    readonly ref: string;
    readonly commit: string;
}

/** What may be told of a place in the checkout. */
interface Placed {
    /** Absent where nothing in the checkout says it. */
    readonly source?: SourcePlace;
}

/** What may be there already in the base. */
interface Compared {
    /** Whether the base does not have it. Absent where nothing was compared. */
    readonly isNew?: boolean;
}

/** What keeps the program from being rendered or compiled: a type error, or one of the configuration. */
export interface CheckError extends Placed {
    /** One sentence or more, as the compiler or the program says it. */
    readonly message: string;
}

/** A field that the schema of its kind does not allow. */
interface SchemaProblem extends Placed, Compared {
    readonly object: ObjectRef;
    /** Where in the object, for example `spec.http[0].timeout`; empty for the object itself. */
    readonly path: string;
    readonly message: string;
}

/** What a rule of the policy pack does not allow. */
export interface PackViolation extends Placed, Compared {
    readonly rule: string;
    readonly level: "mandatory" | "advisory";
    readonly message: string;
    /** Where the rule's field is documented. */
    readonly url: string;
    /** What the rule is about; absent for a release's chart or what has no name. */
    readonly object?: ObjectRef;
}

/** What `istioctl analyze` says. */
export interface AnalyzerMessage extends Placed, Compared {
    /** For example `IST0101`. */
    readonly code: string;
    readonly level: "error" | "warning" | "info";
    readonly message: string;
    /** Absent for a message about the mesh as a whole. */
    readonly object?: ObjectRef;
    readonly url: string;
}

/** A difference, and the line of the checkout that makes it. */
export interface PlacedChange extends Change, Placed {}

/** What a chain of calls can cost, as people read it. */
interface Budget {
    /** For example `gateway → order-service → payment-service`. */
    readonly chain: string;
    /** Slowest answer that somebody can wait for, for example `10 s`. */
    readonly slowest: string;
    /** Most copies of one request that arrive at its end, for example `24`. */
    readonly copies: string;
    /** A sentence for each timeout that is shorter than what it waits for. */
    readonly inverted: readonly string[];
}

/** One subject: what was found in it, and how it differs from the base's. */
export interface SubjectReport {
    /** For example `stack prod`. */
    readonly name: string;
    /** Absent for manifests. */
    readonly stack?: string;
    /** Why it could not be rendered; the rest is empty then. */
    readonly errors: readonly CheckError[];
    /** Numbers of what was looked at. */
    readonly objects: number;
    readonly rules: number;
    readonly schema: readonly SchemaProblem[];
    readonly violations: readonly PackViolation[];
    readonly analyzer: readonly AnalyzerMessage[];
    readonly changes: readonly PlacedChange[];
    readonly graph: {
        /** Absent where nothing was compared. */
        readonly before?: Graph;
        readonly after: Graph;
    };
    readonly budgets: readonly Budget[];
    /** What was not judged and why, one sentence each, for example that a chart is not there. */
    readonly notJudged: readonly string[];
    /** Why the base's was not read, so that nobody knows what changed; one sentence. Absent where it was. */
    readonly uncompared?: string;
}

/** How long a step took. */
export interface Timing {
    /** For example `prod: render`. */
    readonly step: string;
    readonly milliseconds: number;
}

/** What makes a check fail: errors and mandatory violations alone, or every weakening as well. */
export type FailOn = "mandatory" | "weaker";

/** Everything that `mesh check` found. */
export interface CheckReport {
    /** Version of mesh. */
    readonly tool: string;
    /** Absent where there is nothing to compare with. */
    readonly base?: Base;
    readonly failOn: FailOn;
    /** The checkout's path from the root of the repository, to which places are relative, for example `deploy/`. */
    readonly prefix: string;
    /** Of the checkout's types. */
    readonly errors: readonly CheckError[];
    readonly subjects: readonly SubjectReport[];
    /** What was not judged of any subject, and why, one sentence each. */
    readonly notJudged: readonly string[];
    readonly timings: readonly Timing[];
}

/** What a report comes to. What is the same in several subjects counts once. */
export interface Verdict {
    readonly holds: boolean;
    /** Errors of types, configuration and program, problems of schemas, errors of the analyzers. */
    readonly errors: number;
    /** Violations of mandatory rules. */
    readonly mandatory: number;
    /** Violations of advisory rules. */
    readonly advisory: number;
    /** Changes that weaken something. */
    readonly weaker: number;
    readonly changes: number;
}
