import { requestAuthenticationEnforceRequiredToken } from "#policy/rules/request-authentication/enforce-required-token.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, from, policy, to } from "../../mesh-manifests.ts";
import { virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const SELECTOR = { selector: { matchLabels: { app: "payment" } } };
const ISSUER = "https://idp.example.com";

function jwt(spec: Readonly<Record<string, unknown>> = SELECTOR, place = "a4co/jwt"): Manifest {
    return manifest("security.istio.io/v1", "RequestAuthentication", place, {
        jwtRules: [{ issuer: ISSUER }],
        ...spec,
    });
}

function deny(rule: unknown, spec: Readonly<Record<string, unknown>> = SELECTOR): Manifest {
    return policy("a4co/deny", { action: "DENY", rules: [rule], ...spec });
}

const required = from({ notRequestPrincipals: ["*"] });
const FOUND =
    'RequestAuthentication a4co/jwt: spec.jwtRules: a request without a token is let in as before, since nothing requires one; an ALLOW with requestPrincipals, or a DENY with notRequestPrincipals: ["*"], is needed for these workloads';

describeRule(requestAuthenticationEnforceRequiredToken, {
    compliant: {
        "an ALLOW with a principal": {
            objects: [jwt(), allow(from({ requestPrincipals: [`${ISSUER}/*`] }))],
        },
        "an ALLOW with a claim": {
            objects: [
                jwt(),
                allow({ when: [{ key: "request.auth.claims[groups]", values: ["buyers"] }] }),
            ],
        },
        "a DENY of everybody without": { objects: [jwt(), deny(required)] },
        "for the whole mesh": {
            objects: [jwt({}, "istio-system/jwt"), deny(required, { selector: undefined })],
        },
    },
    violating: {
        alone: { objects: [jwt()], violations: [FOUND] },
        "an ALLOW by principals": { objects: [jwt(), allow()], violations: [FOUND] },
        "an ALLOW of every path": {
            objects: [jwt(), allow({ from: [], ...to({ paths: ["/*"] }) })],
            violations: [FOUND],
        },
        "a DENY for other workloads": {
            objects: [jwt(), deny(required, { selector: { matchLabels: { app: "order" } } })],
            violations: [FOUND],
        },
        "a DENY at another target": {
            objects: [
                jwt({ targetRefs: [{ kind: "Gateway", name: "edge" }] }),
                deny(required, { targetRefs: [{ kind: "Gateway", name: "inner" }] }),
            ],
            violations: [FOUND],
        },
        "a DENY in dry run": {
            objects: [
                jwt(),
                manifest(
                    "security.istio.io/v1",
                    "AuthorizationPolicy",
                    "a4co/deny",
                    { action: "DENY", rules: [required] },
                    { annotations: { "istio.io/dry-run": "true" } },
                ),
            ],
            violations: [FOUND],
        },
    },
    unknown: {
        "the action of the policy": {
            objects: [jwt(), policy("a4co/deny", { action: UNKNOWN, rules: [required] })],
            advisories: [
                "AuthorizationPolicy a4co/deny: spec.action: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "nothing is let in but what is open by name": {
            objects: [
                jwt(),
                policy("a4co/deny-all"),
                allow({ from: [], ...to({ paths: ["/healthz"] }) }),
            ],
        },
        "an external authorizer": {
            objects: [jwt(), policy("a4co/ext", { action: "CUSTOM", rules: [{}], ...SELECTOR })],
        },
        "routes by a claim": {
            objects: [
                jwt(),
                virtualService([
                    { match: [{ headers: { "@request.auth.claims.sub": { exact: "me" } } }] },
                ]),
            ],
        },
        "accepts no tokens": { objects: [jwt({ jwtRules: [] })] },
        "no RequestAuthentication": { objects: [allow()] },
    },
});
