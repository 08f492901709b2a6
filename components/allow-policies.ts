import type * as pulumi from "@pulumi/pulumi";
import { allowPolicyName, allowPolicySpec, edgesTo } from "#model/authorization.ts";
import type { Catalog } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { IstioResource } from "./istio.ts";

/** One ALLOW for each declared caller of a service. */
export function createAllowPolicies(
    name: string,
    callee: string,
    catalog: Catalog,
    context: MeshContext,
    options: pulumi.CustomResourceOptions,
): IstioResource<"AuthorizationPolicy">[] {
    return edgesTo(callee, catalog, context).map(
        (edge) =>
            new IstioResource(
                `${name}-${allowPolicyName(edge)}`,
                {
                    kind: "AuthorizationPolicy",
                    name: allowPolicyName(edge),
                    namespace: context.namespace,
                    spec: allowPolicySpec(edge, context),
                },
                options,
            ),
    );
}
