/** The parts of a report, the most important first. */
export const TOPICS = [
    "access",
    "exposure",
    "egress",
    "transport",
    "policy",
    "budgets",
    "breakers",
    "routing",
    "charts",
    "objects",
] as const;
export type Topic = (typeof TOPICS)[number];

/** An object of Kubernetes by its name. */
export interface ObjectRef {
    readonly kind: string;
    /** Absent for an object of the whole cluster. */
    readonly namespace?: string;
    readonly name: string;
}

/** Which part of a declaration says what a change is about, so that its line can be found. */
export interface DeclaredPlace {
    /** Name of the workload whose declaration it is, for example `payment-service`. */
    readonly workload: string;
    /**
     * Where in it, for example `["callers", "order-service"]`. A step `{ prefix: "/payments" }` is the element of a list
     * with that value. What does not lead on is left out from its first step on.
     */
    readonly path: readonly (string | Readonly<Record<string, string>>)[];
}

/** One difference between two subjects, at the level that people think in. */
export interface Change {
    readonly topic: Topic;
    /** Kind of change, `<topic>/<what>`, for example `access/granted`; stable from version to version. */
    readonly kind: string;
    /** What it is about: a workload, a host, a chain of calls, a chart, an object. */
    readonly about: string;
    /** One sentence without its full stop, for example `order-service may now DELETE /payments/*`. */
    readonly text: string;
    /** Why this is weaker than before, one sentence without its full stop; absent where it is not. */
    readonly weaker?: string;
    /** The objects that cause it, as they are afterwards; those that are gone as they were. */
    readonly objects: readonly ObjectRef[];
    /** Absent where no declaration of a workload says it, as for a chart. */
    readonly declared?: DeclaredPlace;
}

/** Who calls whom in a graph of services. */
export interface Edge {
    /** Name of a workload, or what else may call: `anybody`, `everybody in the mesh`, a principal. */
    readonly from: string;
    /** Name of a workload or a host outside. */
    readonly to: string;
    /** What it may do, for example `POST /payments/process`; of connections their port. */
    readonly operations: readonly string[];
}

/** Which workloads there are, and who may call whom. */
export interface Graph {
    /** Sorted; every end of an edge is one of them. */
    readonly nodes: readonly string[];
    /** Sorted by their ends. */
    readonly edges: readonly Edge[];
}

/** A place in a file of the checkout. */
export interface SourcePlace {
    /** Relative to the root of the repository, with slashes. */
    readonly file: string;
    /** From 1 on. */
    readonly line: number;
}
