import { authorizationPolicyDisallowNegativeAllow } from "#policy/rules/authorization-policy/disallow-negative-allow.ts";
import { UNKNOWN } from "../../manifests.ts";
import { allow, from, ORDER, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const WRONG =
    "lets in everything but what it names; an ALLOW may only name what it lets in; exceptions belong in a DENY";

describeRule(authorizationPolicyDisallowNegativeAllow, {
    compliant: { "names what it lets in": { objects: [allow()] } },
    violating: {
        "everybody but one": {
            objects: [allow(from({ notPrincipals: [ORDER] }))],
            violations: [`${RULE}.from[0].source.notPrincipals: ${WRONG}`],
        },
        "every namespace but one": {
            objects: [allow(from({ notNamespaces: ["guests"] }))],
            violations: [`${RULE}.from[0].source.notNamespaces: ${WRONG}`],
        },
        "an exception below what is let in": {
            objects: [allow(to({ paths: ["/a/*"], notPaths: ["/a/admin"], methods: ["GET"] }))],
            violations: [`${RULE}.to[0].operation.notPaths: ${WRONG}`],
        },
        "every method but one": {
            objects: [allow(to({ paths: ["/a"], notMethods: ["DELETE"] }))],
            violations: [`${RULE}.to[0].operation.notMethods: ${WRONG}`],
        },
        "a condition": {
            objects: [allow({ when: [{ key: "request.headers[x]", notValues: ["1"] }] })],
            violations: [`${RULE}.when[0].notValues: ${WRONG}`],
        },
    },
    unknown: {
        "one list": {
            objects: [allow(to({ notPaths: UNKNOWN, notMethods: ["DELETE"] }))],
            violations: [`${RULE}.to[0].operation.notMethods: ${WRONG}`],
            advisories: [
                `${RULE}.to[0].operation.notPaths: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "a DENY of everybody but one": {
            objects: [
                policy("a4co/deny", { action: "DENY", rules: [from({ notPrincipals: [ORDER] })] }),
            ],
        },
        "an empty list": { objects: [allow(to({ methods: ["GET"], notPaths: [] }))] },
    },
});
