import { authorizationPolicyEnforceSource } from "#policy/rules/authorization-policy/enforce-source.ts";
import { UNKNOWN } from "../../manifests.ts";
import { allow, FOR_GATEWAY, from, namespace, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const ALLOWED = "every ALLOW rule must say who may call";
const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";

describeRule(authorizationPolicyEnforceSource, {
    compliant: {
        "a principal": { objects: [allow()] },
        "a namespace": { objects: [allow(from({ namespaces: ["a4co"] }))] },
        addresses: { objects: [allow(from({ ipBlocks: ["10.1.2.0/24"] }))] },
        "nothing is let in at all": { objects: [policy("a4co/deny-all")] },
    },
    violating: {
        "no source": {
            objects: [allow({ from: undefined })],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
        },
        "an empty list of sources": {
            objects: [allow({ from: [] })],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
        },
        "an empty rule, and no action": {
            objects: [policy("a4co/allow", { rules: [{}] })],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
        },
        "an empty source beside a full one": {
            objects: [allow(from({ principals: ["cluster.local/ns/a4co/sa/order"] }, {}))],
            violations: [
                `${RULE}.from[1].source: an empty source lets every caller in; ${ALLOWED}`,
            ],
        },
        "a source that names nobody": {
            objects: [allow(from({ principals: [] }))],
            violations: [
                `${RULE}.from[0].source: an empty source lets every caller in; ${ALLOWED}`,
            ],
        },
        "a condition about something else": {
            objects: [
                allow({ from: [], when: [{ key: "request.headers[x]", values: ["secret"] }] }),
            ],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
        },
    },
    unknown: {
        "the principals of one rule hide nothing in the other": {
            objects: [
                policy("a4co/allow", {
                    rules: [{ to: [] }, ...[from({ principals: UNKNOWN })]],
                }),
            ],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
            advisories: [
                "AuthorizationPolicy a4co/allow: spec.rules[1].from[0].source.principals: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the action": {
            objects: [allow({}, { action: UNKNOWN })],
            advisories: [
                "AuthorizationPolicy a4co/allow: spec.action: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "the principal stands in a condition": {
            objects: [
                allow({
                    from: undefined,
                    when: [{ key: "source.principal", values: ["cluster.local/ns/a4co/sa/x"] }],
                }),
            ],
        },
        "a DENY without a source": {
            objects: [policy("a4co/deny", { action: "DENY", rules: [{}] })],
        },
        "an ingress gateway is open to the live": { objects: [allow({ from: [] }, FOR_GATEWAY)] },
        "a gateway of Kubernetes' API": {
            objects: [
                allow(
                    { from: [] },
                    { selector: undefined, targetRefs: [{ kind: "Gateway", name: "edge" }] },
                ),
            ],
        },
        "a gateway with labels of its own": {
            objects: [allow({ from: [] }, { selector: { matchLabels: { edge: "public" } } })],
            settings: { gatewayLabels: ["edge=public"] },
        },
        "a stack without policies": { objects: [namespace()], applies: false },
    },
});
