import { dryRunOf } from "../../authorization.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** A policy is enforced in production. */
export const authorizationPolicyDisallowDryRun: ObjectRule = {
    name: "istio-authorization-policy-disallow-dry-run",
    severity: "medium",
    level: "advisory",
    description:
        "No AuthorizationPolicy is in dry run in production. Otherwise it only writes to the log what it would have done: a DENY denies nobody, and an ALLOW neither lets in nor keeps out.",
    remediation: ["Remove the annotation istio.io/dry-run once the log shows what was expected."],
    url: "https://istio.io/latest/docs/tasks/security/authorization/authz-dry-run/",
    exemptible: "everywhere",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy, { settings }) => {
        const field = settings.production ? dryRunOf(policy) : undefined;
        return field === undefined
            ? []
            : [
                  field.finding(
                      "the policy is only tried out, and enforced by nobody",
                      "no dry run is allowed in production",
                  ),
              ];
    },
};
