import type { ObjectRef } from "#live/kubernetes/objects.ts";
import { allowPolicyName, allowPolicySpec } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { refTo, withSpec } from "../changes.ts";
import type { Change } from "../mutation.ts";

/** The policy that closes the application namespace. */
export function denyAll({ context: { namespace } }: DeclaredMesh): ObjectRef {
    return refTo("AuthorizationPolicy", BASELINE_NAMES.denyAll, namespace);
}

/** The policy that opens an edge. */
export function policyOf(edge: Edge, { context: { namespace } }: DeclaredMesh): ObjectRef {
    return refTo("AuthorizationPolicy", allowPolicyName(edge), namespace);
}

/** Makes the policy of an edge that of another one. */
export function allowing(edge: Edge, other: Partial<Edge>, mesh: DeclaredMesh): Change {
    return withSpec(policyOf(edge, mesh), allowPolicySpec({ ...edge, ...other }, mesh.context));
}

/** Makes the policy of an edge let in these principals. */
export function lettingIn(edge: Edge, principals: readonly string[], mesh: DeclaredMesh): Change {
    const { rules = [], ...spec } = allowPolicySpec(edge, mesh.context);
    return withSpec(policyOf(edge, mesh), {
        ...spec,
        rules: rules.map((rule) => ({ ...rule, from: [{ source: { principals } }] })),
    });
}
