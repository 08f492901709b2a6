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
interface DeclaredRelease {
    readonly name: string;
    readonly namespace: string;
}

/** Everything that the program puts into a cluster. */
export interface DeclaredObjects {
    readonly objects: readonly DeclaredObject[];
    readonly releases: readonly DeclaredRelease[];
}

const KUBERNETES = "kubernetes:";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** The objects and releases among what a program registers. */
export function declaredObjects(resources: readonly RenderedResource[]): DeclaredObjects {
    return {
        objects: resources
            .filter(({ type }) => type.startsWith(KUBERNETES) && type !== RELEASE)
            .map(({ inputs }) => inputs as DeclaredObject),
        releases: resources
            .filter(({ type }) => type === RELEASE)
            .map(({ inputs }) => inputs as DeclaredRelease),
    };
}
