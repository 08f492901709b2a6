import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { LiveMesh } from "./live-mesh.ts";
import type { Origin } from "./probe-pods.ts";

/** In the order in which they are shown. */
export const SECTION_NAMES = [
    "preflight",
    "install",
    "config",
    "identity",
    "authorization",
    "edge",
    "closed",
    "resilience",
    "telemetry",
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

export interface Passed {
    readonly status: "passed";
    /** What was seen, one phrase. */
    readonly seen: string;
}

export interface Failed {
    readonly status: "failed";
    readonly expected: string;
    readonly seen: string;
    /** What to do about it, one sentence. */
    readonly hint: string;
}

export interface Skipped {
    readonly status: "skipped";
    /** Why it could not be judged, and what would make it so. */
    readonly reason: string;
}

/** It holds but for what somebody answers for. */
export interface Accepted {
    readonly status: "accepted";
    /** What was seen, one phrase. */
    readonly seen: string;
    /** Each of what does not hold, until when, by whom and why it is accepted. */
    readonly accepted: readonly string[];
}

export type Outcome = Passed | Accepted | Failed | Skipped;

/** A caller and a callee between whom probes go, and whether the catalogue says that the one may call the other. */
export interface ProbedPair {
    readonly caller: Origin;
    readonly callee: string;
    readonly declared: boolean;
}

/** One thing that must hold. */
export interface Check {
    /** Stable: `<section>/<what>`, then `/<whom>` where there are several, an edge as `<caller>:<callee>`. */
    readonly id: `${SectionName}/${string}`;
    /** What holds when it passes, one phrase. */
    readonly title: string;
    /** Page that explains what is checked. */
    readonly documentation: `https://${string}`;
    /** Whom it asks from probe pods: one pair, of which a large mesh has too many, or `mesh`. Default: it needs no pod. */
    readonly probes?: ProbedPair | "mesh";
    /** @throws Error where the mesh could not be asked, which counts as failed. */
    run(live: LiveMesh): Promise<Outcome>;
}

/** A section's checks, from the declarations alone: `--list` needs no cluster. */
export type Section = (mesh: DeclaredMesh) => readonly Check[];

export function passed(seen: string): Passed {
    return { status: "passed", seen };
}

export function accepted(seen: string, extras: readonly string[]): Accepted {
    return { status: "accepted", seen, accepted: extras };
}

export function failed(expected: string, seen: string, hint: string): Failed {
    return { status: "failed", expected, seen, hint };
}

export function skipped(reason: string): Skipped {
    return { status: "skipped", reason };
}
