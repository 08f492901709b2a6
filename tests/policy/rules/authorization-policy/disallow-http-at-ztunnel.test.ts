import { authorizationPolicyDisallowHttpAtZtunnel } from "#policy/rules/authorization-policy/disallow-http-at-ztunnel.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { allow, deployment, from, namespace, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const AMBIENT = { "istio.io/dataplane-mode": "ambient" };
const ambient = namespace("a4co", AMBIENT);
const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const ALLOWED =
    "in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint";
const found = (place: string, what: string, outcome = "so this rule lets nobody in"): string =>
    `${place}: ztunnel cannot read ${what}, ${outcome}; ${ALLOWED}`;
const HTTP = [
    found(`${RULE}.to[0].operation.methods`, "methods"),
    found(`${RULE}.to[0].operation.paths`, "paths"),
];
const jwt = manifest("security.istio.io/v1", "RequestAuthentication", "a4co/jwt", {
    jwtRules: [{ issuer: "https://idp.example.com" }],
});

describeRule(authorizationPolicyDisallowHttpAtZtunnel, {
    compliant: {
        "identities and ports": { objects: [ambient, allow(to({ ports: ["3006"] }))] },
        "nothing is let in at all": { objects: [ambient, policy("a4co/deny-all")] },
        "a condition about the port": {
            objects: [
                ambient,
                allow({ to: undefined, when: [{ key: "destination.port", values: ["3006"] }] }),
            ],
        },
    },
    violating: {
        "methods and paths": { objects: [ambient, allow()], violations: HTTP },
        "by the label of the pod": {
            objects: [allow(), deployment("a4co/payment", { labels: AMBIENT })],
            violations: HTTP,
        },
        "for some of the pods": {
            objects: [
                ambient,
                allow({}, { selector: undefined }),
                deployment("a4co/payment"),
                deployment("a4co/order", { labels: { "sidecar.istio.io/inject": "true" } }),
            ],
            violations: HTTP,
        },
        "for the whole mesh": {
            objects: [
                ambient,
                policy("istio-system/allow", {
                    rules: [{ to: [{ operation: { hosts: ["shop"] } }] }],
                }),
            ],
            violations: [
                found(
                    "AuthorizationPolicy istio-system/allow: spec.rules[0].to[0].operation.hosts",
                    "hosts",
                ),
            ],
        },
        "a DENY by a token": {
            objects: [
                ambient,
                policy("a4co/allow", {
                    action: "DENY",
                    rules: [from({ notRequestPrincipals: ["*"] })],
                }),
            ],
            violations: [
                found(
                    `${RULE}.from[0].source.notRequestPrincipals`,
                    "notRequestPrincipals",
                    "so it denies without looking at it",
                ),
            ],
        },
        "a condition about a header": {
            objects: [
                ambient,
                allow({ to: undefined, when: [{ key: "request.headers[x]", values: ["1"] }] }),
            ],
            violations: [found(`${RULE}.when[0].key`, "request.headers[x]")],
        },
        "an action that it does not know": {
            objects: [ambient, allow({}, { action: "AUDIT" })],
            violations: [
                `AuthorizationPolicy a4co/allow: spec.action: ztunnel never enforces AUDIT; ${ALLOWED}`,
            ],
        },
        tokens: {
            objects: [ambient, jwt],
            violations: [
                `RequestAuthentication a4co/jwt: spec.jwtRules: ztunnel reads no tokens, so nobody checks them; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the mode of the namespace": {
            objects: [namespace("a4co", { "istio.io/dataplane-mode": UNKNOWN }), allow()],
            advisories: [
                'Namespace a4co: metadata.labels["istio.io/dataplane-mode"]: cannot be judged at preview; the value is not known yet',
            ],
        },
    },
    nearMiss: {
        "sidecars in a namespace that is ambient too": {
            objects: [
                namespace("a4co", { ...AMBIENT, "istio-injection": "enabled" }),
                allow(),
                deployment("a4co/payment"),
            ],
        },
        "a pod that is not ambient": {
            objects: [
                ambient,
                allow(),
                deployment("a4co/payment", { labels: { "istio.io/dataplane-mode": "none" } }),
            ],
        },
        "a Service at a waypoint": {
            objects: [
                ambient,
                allow(
                    {},
                    { selector: undefined, targetRefs: [{ kind: "Service", name: "payment" }] },
                ),
            ],
        },
        "an ingress gateway": {
            objects: [
                ambient,
                allow({}, { selector: { matchLabels: { istio: "ingressgateway" } } }),
            ],
        },
        "another namespace": { objects: [namespace("other", AMBIENT), allow()] },
    },
});
