import { authorizationPolicyDisallowWildcardSource } from "#policy/rules/authorization-policy/disallow-wildcard-source.ts";
import { UNKNOWN } from "../../manifests.ts";
import { allow, FOR_GATEWAY, from, ORDER, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const FULL = "only full names are allowed";

describeRule(authorizationPolicyDisallowWildcardSource, {
    compliant: {
        "full principals": { objects: [allow()] },
        "a full namespace": { objects: [allow(from({ namespaces: ["a4co"] }))] },
    },
    violating: {
        "every principal": {
            objects: [allow(from({ principals: [ORDER, "*"] }))],
            violations: [
                `${RULE}.from[0].source.principals[1]: * lets in everybody with an identity of the mesh; ${FULL}`,
            ],
        },
        "every account of a namespace": {
            objects: [allow(from({ principals: ["cluster.local/ns/a4co/*"] }))],
            violations: [
                `${RULE}.from[0].source.principals[0]: cluster.local/ns/a4co/* lets in callers that nobody has named; ${FULL}`,
            ],
        },
        "an account of that name in every namespace": {
            objects: [allow(from({ principals: ["*/sa/order"] }))],
            violations: [
                `${RULE}.from[0].source.principals[0]: */sa/order lets in callers that nobody has named; ${FULL}`,
            ],
        },
        namespaces: {
            objects: [allow(from({ namespaces: ["*", "a4*"] }))],
            violations: [
                `${RULE}.from[0].source.namespaces[0]: * lets in everybody with an identity of the mesh; ${FULL}`,
                `${RULE}.from[0].source.namespaces[1]: a4* lets in callers that nobody has named; ${FULL}`,
            ],
        },
        "in a condition": {
            objects: [allow({ when: [{ key: "source.namespace", values: ["*"] }] })],
            violations: [
                `${RULE}.when[0].values[0]: * lets in everybody with an identity of the mesh; ${FULL}`,
            ],
        },
        "every address": {
            objects: [allow(from({ ipBlocks: ["0.0.0.0/0"] }, { remoteIpBlocks: ["::/0"] }))],
            violations: [
                `${RULE}.from[0].source.ipBlocks[0]: 0.0.0.0/0 lets in every address; only smaller ranges are allowed`,
                `${RULE}.from[1].source.remoteIpBlocks[0]: ::/0 lets in every address; only smaller ranges are allowed`,
            ],
        },
    },
    unknown: {
        "one of two principals": {
            objects: [allow(from({ principals: [UNKNOWN, "*"] }))],
            violations: [
                `${RULE}.from[0].source.principals[1]: * lets in everybody with an identity of the mesh; ${FULL}`,
            ],
            advisories: [
                `${RULE}.from[0].source.principals[0]: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "a DENY of everybody without an identity": {
            objects: [
                policy("a4co/deny", { action: "DENY", rules: [from({ notPrincipals: ["*"] })] }),
            ],
        },
        "any signed-in user, beside a principal": {
            objects: [allow(from({ principals: [ORDER], requestPrincipals: ["*"] }))],
        },
        "a range that ends in 0 bits of something else": {
            objects: [allow(from({ ipBlocks: ["10.0.0.0/10"] }))],
        },
        "every address at an ingress gateway": {
            objects: [allow(from({ remoteIpBlocks: ["0.0.0.0/0"] }), FOR_GATEWAY)],
        },
    },
});
