import { AuthorizationV1Api } from "@kubernetes/client-node";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { accessesOf, describeMissing, permissionsOf } from "../../permissions.ts";

/** Asks the API server itself: rules alone do not say what an authorization webhook would. */
export const permissions: Check = {
    id: "preflight/permissions",
    title: "everything that the checks do is permitted",
    documentation:
        "https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access",
    run: async ({ kubeConfig, mesh }) => {
        const api = kubeConfig.makeApiClient(AuthorizationV1Api);
        const accesses = accessesOf(permissionsOf(mesh.config), mesh.context);
        const allowed = await Promise.all(
            accesses.map(async (access) => {
                const { status } = await api.createSelfSubjectAccessReview({
                    body: { spec: { resourceAttributes: { ...access } } },
                });
                return status?.allowed === true;
            }),
        );
        const missing = accesses.filter((_, index) => allowed[index] !== true);
        return missing.length === 0
            ? passed(`${accesses.length} permissions`)
            : failed(
                  `${accesses.length} permissions`,
                  `missing: ${describeMissing(missing)}`,
                  "Bind a Role, or for what no namespace is named a ClusterRole, with these verbs to the user of this context.",
              );
    },
};
