import { namespaceEnforceInjection } from "#policy/rules/namespace/enforce-injection.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import { allow, deployment, FOR_GATEWAY, namespace, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const LABEL = "Namespace a4co: metadata.labels.istio-injection";
const ALLOWED = "enabled is required, or a revision in istio.io/rev";
const OFF = `${LABEL}: nothing turns injection on; ${ALLOWED}`;

describeRule(namespaceEnforceInjection, {
    compliant: {
        injection: { objects: [namespace(), allow()] },
        "a revision": { objects: [namespace("a4co", { "istio.io/rev": "1-31" }), allow()] },
        ambient: {
            objects: [namespace("a4co", { "istio.io/dataplane-mode": "ambient" }), allow()],
        },
    },
    violating: {
        "no label": { objects: [namespace("a4co", { name: "a4co" }), allow()], violations: [OFF] },
        "an annotation instead": {
            objects: [
                manifest("v1", "Namespace", "a4co", undefined, {
                    annotations: { "istio-injection": "enabled" },
                }),
                policy("a4co/deny-all"),
            ],
            violations: [OFF],
        },
        "turned off": {
            objects: [
                namespace("a4co", { "istio-injection": "disabled" }),
                manifest("security.istio.io/v1", "PeerAuthentication", "a4co/default", {
                    mtls: { mode: "STRICT" },
                }),
            ],
            violations: [`${LABEL}: disabled leaves injection off; ${ALLOWED}`],
        },
        "a value that Istio does not know, before a revision": {
            objects: [
                namespace("a4co", { "istio-injection": "true", "istio.io/rev": "1-31" }),
                manifest("networking.istio.io/v1", "Sidecar", "a4co/default", {}),
            ],
            violations: [`${LABEL}: true leaves injection off; ${ALLOWED}`],
        },
        "an empty revision": {
            objects: [namespace("a4co", { "istio.io/rev": "" }), allow()],
            violations: [OFF],
        },
    },
    unknown: {
        "whether a pod is ambient": {
            objects: [
                namespace("a4co", {}),
                deployment("a4co/payment", { labels: { "istio.io/dataplane-mode": UNKNOWN } }),
                allow(),
            ],
            advisories: [
                'Deployment a4co/payment: spec.template.metadata.labels["istio.io/dataplane-mode"]: cannot be judged at preview; the value is not known yet',
            ],
        },
        "the labels": {
            objects: [namespace("a4co", { "istio-injection": UNKNOWN }), allow()],
            advisories: [`${LABEL}: cannot be judged at preview; the value is not known yet`],
        },
    },
    nearMiss: {
        "a namespace without policies of the mesh": {
            objects: [namespace("a4co", {}), deployment("a4co/order"), policy("other/deny-all")],
        },
        "the root namespace, which is never injected": {
            objects: [namespace("istio-system", {}), policy("istio-system/deny-all")],
        },
        "pods that are ambient each by its label": {
            objects: [
                namespace("a4co", {}),
                deployment("a4co/payment", { labels: { "istio.io/dataplane-mode": "ambient" } }),
                allow(),
            ],
        },
        "policies of the gateways alone": {
            objects: [namespace("a4co", {}), allow({}, FOR_GATEWAY)],
        },
        "a namespace of gateways, which ask for injection themselves": {
            objects: [
                namespace("a4co", {}),
                release("oci://ghcr.io/istio/release/charts/gateway", "a4co/edge"),
                policy("a4co/deny-all"),
            ],
        },
        "a namespace of another stack": { objects: [deployment("a4co/order"), allow()] },
    },
});
