import { authorizationPolicyDisallowWildcardSource } from "#policy/rules/authorization-policy/disallow-wildcard-source.ts";
import { release, UNKNOWN } from "../../manifests.ts";
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
        "a trust domain that the mesh goes by as well": {
            objects: [
                allow(from({ trustDomains: ["old.example.com"] })),
                release("istiod", "istio-system/istiod", {
                    meshConfig: { trustDomainAliases: ["old.example.com"] },
                }),
            ],
            violations: [
                `${RULE}.from[0].source.trustDomains[0]: old.example.com is the mesh's own trust domain, which lets in everybody with an identity of the mesh; principals, namespaces or serviceAccounts are needed`,
            ],
        },
        "every token": {
            objects: [allow(from({ requestPrincipals: ["*"] }))],
            violations: [
                `${RULE}.from[0].source.requestPrincipals[0]: * lets in everybody with a token, whoever has issued it; <issuer>/<subject> or <issuer>/* is needed, or the caller's principal beside it`,
            ],
        },
        "every address, in three parts": {
            objects: [
                allow(
                    from({ ipBlocks: ["192.0.0.0/2", "0.0.0.0/1", "10.0.0.0/8", "128.0.0.0/2"] }),
                ),
            ],
            violations: [
                `${RULE}.from[0].source.ipBlocks: 192.0.0.0/2, 0.0.0.0/1, 10.0.0.0/8, 128.0.0.0/2 together let in every address; only smaller ranges are allowed`,
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
        "the trust domains": {
            objects: [allow(from({ principals: ["*"] }, { trustDomains: UNKNOWN }))],
            violations: [
                `${RULE}.from[0].source.principals[0]: * lets in everybody with an identity of the mesh; ${FULL}`,
            ],
            advisories: [
                `${RULE}.from[1].source.trustDomains: cannot be judged at preview; the value is not known yet`,
            ],
        },
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
        "another mesh": { objects: [allow(from({ trustDomains: ["north.example.com"] }))] },
        "every token at an ingress gateway": {
            objects: [allow(from({ requestPrincipals: ["*"] }), FOR_GATEWAY)],
        },
        "nearly every address": {
            objects: [allow(from({ ipBlocks: ["0.0.0.0/1", "128.0.0.0/2", "::/1"] }))],
        },
        "a range that ends in 0 bits of something else": {
            objects: [allow(from({ ipBlocks: ["10.0.0.0/10"] }))],
        },
        "every address at an ingress gateway": {
            objects: [allow(from({ remoteIpBlocks: ["0.0.0.0/0"] }), FOR_GATEWAY)],
        },
    },
});
