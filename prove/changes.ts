import { parse, stringify } from "yaml";
import type { LiveObject, ObjectRef } from "#live/kubernetes/objects.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { Change } from "./mutation.ts";

/** API versions of the kinds that mutations touch. */
const VERSIONS = {
    ...API_VERSIONS,
    RequestAuthentication: "security.istio.io/v1",
    ConfigMap: "v1",
    Namespace: "v1",
    NetworkPolicy: "networking.k8s.io/v1",
    Pod: "v1",
    Service: "v1",
    MutatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
    ValidatingAdmissionPolicyBinding: "admissionregistration.k8s.io/v1",
    ValidatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
} as const;

export type Kind = keyof typeof VERSIONS;

/** Name of what a mutation adds to the mesh. */
export const ADDED = "mesh-prove";

/** An object, in a namespace or of the whole cluster. */
export function refTo(kind: Kind, name: string, namespace?: string): ObjectRef {
    return {
        apiVersion: VERSIONS[kind],
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
    };
}

/** Gives an object another spec as a whole. */
export function withSpec(object: ObjectRef, spec: object): Change {
    return { kind: "edit", object, to: (live) => ({ ...live, spec }) };
}

/** Takes an object away. */
export function without(object: ObjectRef): Change {
    return { kind: "remove", object };
}

/** Adds an object to the application namespace. */
export function added(kind: Kind, spec: object, { namespace }: MeshContext): Change {
    const { apiVersion } = refTo(kind, ADDED);
    return {
        kind: "create",
        object: { apiVersion, kind, metadata: { name: ADDED, namespace }, spec },
    };
}

/** The labels of an object with these among them; `undefined` takes one away. */
export function labelled(
    { metadata }: LiveObject,
    labels: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
    return Object.fromEntries(
        Object.entries({ ...metadata.labels, ...labels }).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, value]],
        ),
    );
}

/** Gives an object other labels; `undefined` takes one away. */
export function withLabels(
    object: ObjectRef,
    labels: Readonly<Record<string, string | undefined>>,
): Change {
    return {
        kind: "edit",
        object,
        to: (live) => ({
            ...live,
            metadata: { ...live.metadata, labels: labelled(live, labels) },
        }),
    };
}

/** Gives the mesh other settings; istiod takes them up without a restart. */
export function withMeshConfig(
    { controlPlaneNamespace }: MeshContext,
    settings: Readonly<Record<string, unknown>>,
): Change {
    return {
        kind: "edit",
        object: refTo("ConfigMap", "istio", controlPlaneNamespace),
        to: (live) => {
            const data = live["data"] as Readonly<Record<string, string>> | undefined;
            const mesh = parse(data?.["mesh"] ?? "") as Readonly<Record<string, unknown>>;
            return { ...live, data: { ...data, mesh: stringify({ ...mesh, ...settings }) } };
        },
    };
}
