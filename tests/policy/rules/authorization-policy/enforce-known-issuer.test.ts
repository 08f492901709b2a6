import { authorizationPolicyEnforceKnownIssuer } from "#policy/rules/authorization-policy/enforce-known-issuer.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, deployment, from, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const ISSUER = "https://idp.example.com";

function jwt(issuer: unknown = ISSUER, app = "payment"): Manifest {
    return manifest("security.istio.io/v1", "RequestAuthentication", "a4co/jwt", {
        selector: { matchLabels: { app } },
        jwtRules: [{ issuer }],
    });
}

const ofUser = (...requestPrincipals: readonly string[]): Manifest =>
    allow(from({ requestPrincipals }));
const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const nobodys = (place: string, text: string): string =>
    `${RULE}.${place}: ${text} is of no issuer that is accepted here, so no request has it; the nearest issuer is ${ISSUER}`;
const NOBODY = `${RULE}.from[0].source.requestPrincipals: no RequestAuthentication of the stack accepts tokens for these workloads, so no request has one; one with the issuer of these tokens is needed`;

describeRule(authorizationPolicyEnforceKnownIssuer, {
    compliant: {
        "a user": { objects: [jwt(), ofUser(`${ISSUER}/alice`)] },
        patterns: { objects: [jwt(), ofUser("*", `${ISSUER}/*`, "https://*", "*/alice")] },
        "a claim": {
            objects: [
                jwt(),
                allow({ when: [{ key: "request.auth.claims[iss]", values: [ISSUER] }] }),
            ],
        },
    },
    violating: {
        "another issuer": {
            objects: [jwt(), ofUser("https://idp.exmaple.com/*", `${ISSUER}.evil.com/alice`)],
            violations: [
                nobodys("from[0].source.requestPrincipals[0]", "https://idp.exmaple.com/*"),
                nobodys("from[0].source.requestPrincipals[1]", `${ISSUER}.evil.com/alice`),
            ],
        },
        "another issuer, by conditions": {
            objects: [
                jwt(),
                allow({
                    when: [
                        { key: "request.auth.principal", notValues: ["https://other/*"] },
                        { key: "request.auth.claims[iss]", values: [`${ISSUER}/`] },
                    ],
                }),
            ],
            violations: [
                nobodys("when[0].notValues[0]", "https://other/*"),
                nobodys("when[1].values[0]", `${ISSUER}/`),
            ],
        },
        "tokens of other workloads alone": {
            objects: [jwt(ISSUER, "order"), ofUser(`${ISSUER}/alice`)],
            violations: [NOBODY],
        },
        "no tokens in a namespace of the stack": {
            objects: [namespace(), deployment("a4co/payment"), ofUser(`${ISSUER}/alice`)],
            violations: [NOBODY],
        },
        "no tokens, for pods of the stack": {
            objects: [deployment("a4co/payment"), ofUser("*")],
            violations: [NOBODY],
        },
    },
    unknown: {
        "the issuer": {
            objects: [jwt(UNKNOWN), ofUser(`${ISSUER}/alice`)],
            advisories: [
                "RequestAuthentication a4co/jwt: spec.jwtRules[0].issuer: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "workloads of another stack": { objects: [ofUser(`${ISSUER}/alice`)] },
        "a Service behind the waypoint that accepts the tokens": {
            objects: [
                manifest("security.istio.io/v1", "RequestAuthentication", "a4co/jwt", {
                    targetRef: { kind: "Gateway", name: "waypoint" },
                    jwtRules: [{ issuer: ISSUER }],
                }),
                allow(from({ requestPrincipals: [`${ISSUER}/*`] }), {
                    selector: undefined,
                    targetRefs: [{ kind: "Service", name: "payment" }],
                }),
            ],
        },
        "no token is asked for": { objects: [jwt(), allow()] },
    },
});
