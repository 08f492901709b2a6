import { createRequire } from "node:module";

/** A resource as a program registers it; {@link UNKNOWN} stands for what only an update knows. */
export interface Manifest {
    readonly type: string;
    readonly name: string;
    readonly props: Readonly<Record<string, unknown>>;
}

/** The text that the engine sends for an unknown value: the SDK's own. */
export const UNKNOWN: string = (
    createRequire(import.meta.url)("@pulumi/policy/proxy") as { unknownStringValue: string }
).unknownStringValue;

interface Extra {
    readonly annotations?: Readonly<Record<string, unknown>>;
    readonly labels?: Readonly<Record<string, unknown>>;
    /** Fields beside `metadata` and `spec`, such as a Secret's `data`. */
    readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * A Kubernetes object, as a plain CustomResource registers it.
 *
 * @param place `<namespace>/<name>`, or the name alone of what has no namespace
 */
export function manifest(
    apiVersion: string,
    kind: string,
    place: string,
    spec?: unknown,
    { annotations, labels, fields }: Extra = {},
): Manifest {
    const [first = "", second] = place.split("/");
    const metadata = second === undefined ? { name: first } : { name: second, namespace: first };
    return {
        type: `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
        name: second ?? first,
        props: {
            apiVersion,
            kind,
            metadata: {
                ...metadata,
                ...(annotations && { annotations }),
                ...(labels && { labels }),
            },
            ...(spec !== undefined && { spec }),
            ...fields,
        },
    };
}

/**
 * A Helm release.
 *
 * @param place `<namespace>/<name>`
 */
export function release(
    chart: string,
    place: string,
    values: unknown = {},
    fields: Readonly<Record<string, unknown>> = {},
): Manifest {
    const [namespace, name = ""] = place.split("/");
    return {
        type: "kubernetes:helm.sh/v3:Release",
        name,
        props: { name, namespace, chart, values, ...fields },
    };
}
