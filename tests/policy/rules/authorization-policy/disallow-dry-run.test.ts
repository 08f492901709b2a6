import { authorizationPolicyDisallowDryRun } from "#policy/rules/authorization-policy/disallow-dry-run.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

function dryRun(value: unknown, action = "DENY"): Manifest {
    return manifest(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        "a4co/deny",
        { action, rules: [{}] },
        { annotations: { "istio.io/dry-run": value } },
    );
}

const PLACE = 'AuthorizationPolicy a4co/deny: metadata.annotations["istio.io/dry-run"]';
const FOUND = `${PLACE}: the policy is only tried out, and enforced by nobody; no dry run is allowed in production`;

describeRule(authorizationPolicyDisallowDryRun, {
    compliant: {
        "says nothing": { objects: [allow()] },
        "says no": { objects: [dryRun("false")] },
    },
    violating: {
        "a DENY": { objects: [dryRun("true")], violations: [FOUND] },
        "an ALLOW, written otherwise": { objects: [dryRun("T", "ALLOW")], violations: [FOUND] },
    },
    unknown: {
        "the annotation": {
            objects: [dryRun(UNKNOWN)],
            advisories: [`${PLACE}: cannot be judged at preview; the value is not known yet`],
        },
    },
    nearMiss: {
        "outside production": { objects: [dryRun("true")], settings: { production: false } },
        "what Istio does not take for true": { objects: [dryRun("yes")] },
    },
});
