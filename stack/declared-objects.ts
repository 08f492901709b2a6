import type { RenderedResource } from "./render/rendering.ts";

/** A Kubernetes object as the program declares it. */
export interface DeclaredObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        /** Absent for an object of the whole cluster. */
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec?: unknown;
    readonly [field: string]: unknown;
}

/** A Helm release that the program makes; its chart's objects are known to Helm alone. */
export interface DeclaredRelease {
    readonly name: string;
    readonly namespace: string;
    /** Name of the chart in its repository, an `oci://` reference or a path. */
    readonly chart: string;
    /** Absent where the chart is a folder. */
    readonly version?: string;
    /** Where the chart is published, and what it takes to get it there. */
    readonly repositoryOpts?: Readonly<Record<string, unknown>> & { readonly repo?: string };
    readonly values?: Readonly<Record<string, unknown>>;
    /** Values in files, over which the values above win. */
    readonly valueYamlFiles?: unknown;
    /** A command that changes what the chart makes. */
    readonly postrender?: string;
    readonly skipCrds?: boolean;
}

/** Everything that the program puts into a cluster. */
export interface DeclaredObjects {
    readonly objects: readonly DeclaredObject[];
    readonly releases: readonly DeclaredRelease[];
}

const KUBERNETES = "kubernetes:";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Whether a resource is a Helm release. */
export function isRelease({ type }: Pick<RenderedResource, "type">): boolean {
    return type === RELEASE;
}

/** The objects and releases among what a program registers. */
export function declaredObjects(resources: readonly RenderedResource[]): DeclaredObjects {
    return {
        objects: resources
            .filter((resource) => resource.type.startsWith(KUBERNETES) && !isRelease(resource))
            .map(({ inputs }) => inputs as DeclaredObject),
        releases: resources.filter(isRelease).map(({ inputs }) => inputs as DeclaredRelease),
    };
}
