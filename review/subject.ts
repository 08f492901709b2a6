import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Change } from "./change.ts";

/** A Helm release of a subject, and what its chart makes of its values. */
export interface ChartRelease {
    /** Name of the Helm release, for example `istiod`. */
    readonly name: string;
    readonly namespace: string;
    /** Name of the chart without where it comes from, for example `gateway`. */
    readonly chart: string;
    /** Absent where the release names none, as for a folder. */
    readonly version?: string;
    readonly values: Readonly<Record<string, unknown>>;
    /** What the chart makes, its CRDs too; absent where it was not rendered. */
    readonly objects?: readonly DeclaredObject[];
    /** Why it was not rendered, one sentence that names the chart; absent where it was. */
    readonly missing?: string;
    /** Whether the chart was there and could not be rendered with these values: no deployment can either. */
    readonly refused?: true;
}

/** What somebody wants to bring into a cluster. */
export interface Subject {
    /** For example `stack prod`. */
    readonly name: string;
    /** As the policy pack judges them. */
    readonly resources: readonly RegisteredResource[];
    /** The objects of Kubernetes among them, by their fields; secrets are masked. Charts' objects are none of them. */
    readonly objects: readonly DeclaredObject[];
    readonly releases: readonly ChartRelease[];
}

/** Compares two subjects in one respect. */
export type Compare = (before: Subject, after: Subject) => readonly Change[];
