import { authorizationPolicyEnforceSource } from "#policy/rules/authorization-policy/enforce-source.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, deployment, FOR_GATEWAY, from, namespace, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const ALLOWED = "every ALLOW rule must say who may call";
const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const OPEN = `${RULE}.from: no source lets every caller in; ${ALLOWED}`;

/** A Gateway of Kubernetes' API, of some class. */
function gateway(gatewayClassName: unknown): Manifest {
    return manifest("gateway.networking.k8s.io/v1", "Gateway", "a4co/edge", { gatewayClassName });
}

const atTarget = allow(
    { from: [] },
    { selector: undefined, targetRefs: [{ kind: "Gateway", name: "edge" }] },
);
const byLabel = (matchLabels: Readonly<Record<string, string>>): Manifest =>
    allow({ from: [] }, { selector: { matchLabels } });
/** What tells the chart from others of its name. */
const NAMED = { networkGateway: "" };
const chart = release("gateway", "a4co/istio-edge", { labels: { istio: "front" } });

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
        "a waypoint": { objects: [atTarget, gateway("istio-waypoint")], violations: [OPEN] },
        "a waypoint of a class of its own": {
            objects: [
                atTarget,
                gateway("mine"),
                manifest("gateway.networking.k8s.io/v1", "GatewayClass", "mine", {
                    controllerName: "istio.io/mesh-controller",
                }),
            ],
            violations: [OPEN],
        },
        "a Gateway of another stack, in an ambient namespace": {
            objects: [atTarget, namespace("a4co", { "istio.io/dataplane-mode": "ambient" })],
            violations: [OPEN],
        },
        "a Gateway of another stack that is used as a waypoint": {
            objects: [atTarget, namespace("a4co", { "istio.io/use-waypoint": "edge" })],
            violations: [OPEN],
        },
        "a label that a gateway shares with an application": {
            objects: [
                byLabel({ istio: "front" }),
                chart,
                deployment("a4co/order", { labels: { istio: "front" } }),
            ],
            violations: [OPEN],
        },
        "a gateway of another namespace": {
            objects: [
                byLabel({ istio: "front" }),
                release("gateway", "edge/istio-edge", { labels: { istio: "front" } }),
            ],
            violations: [OPEN],
        },
        "a condition about something else": {
            objects: [
                allow({ from: [], when: [{ key: "request.headers[x]", values: ["secret"] }] }),
            ],
            violations: [`${RULE}.from: no source lets every caller in; ${ALLOWED}`],
        },
    },
    unknown: {
        "the class of a Gateway": {
            objects: [atTarget, gateway(UNKNOWN)],
            advisories: [
                "Gateway a4co/edge: spec.gatewayClassName: cannot be judged at preview; the value is not known yet",
            ],
        },
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
        "a gateway of Kubernetes' API": { objects: [atTarget] },
        "a gateway of Kubernetes' API of this stack": { objects: [atTarget, gateway("istio")] },
        "the gateway chart's own labels": {
            objects: [byLabel({ app: "istio-edge", istio: "front" }), chart],
        },
        "the gateway chart's labels by its name": {
            objects: [byLabel({ istio: "edge" }), release("gateway", "a4co/istio-edge", NAMED)],
        },
        "an operator's gateway": {
            objects: [
                byLabel({ istio: "intranet" }),
                manifest("install.istio.io/v1alpha1", "IstioOperator", "istio-system/mesh", {
                    components: {
                        ingressGateways: [{ name: "istio-intranet", namespace: "a4co" }],
                    },
                }),
            ],
        },
        "a claim of the caller's token": {
            objects: [
                allow({
                    from: [],
                    when: [{ key: "request.auth.claims[groups]", values: ["buyers"] }],
                }),
            ],
        },
        "a gateway with labels of its own": {
            objects: [allow({ from: [] }, { selector: { matchLabels: { edge: "public" } } })],
            settings: { gatewayLabels: ["edge=public"] },
        },
        "a stack without policies": { objects: [namespace()], applies: false },
    },
});
