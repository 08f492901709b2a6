import { namespaceEnforceDenyByDefault } from "#policy/rules/namespace/enforce-deny-by-default.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import { allow, deployment, from, namespace, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const MISSING =
    "Namespace a4co: has pods of the mesh, and nothing denies by default; an AuthorizationPolicy without selector that allows nothing is required";
const gateway = release("oci://ghcr.io/istio/release/charts/gateway", "a4co/edge");
const dryRun = manifest(
    "security.istio.io/v1",
    "AuthorizationPolicy",
    "a4co/deny-all",
    {},
    {
        annotations: { "istio.io/dry-run": "true" },
    },
);

const somewhere = manifest(
    "apps/v1",
    "Deployment",
    "x",
    {},
    {
        fields: { metadata: { name: "x", namespace: UNKNOWN } },
    },
);

describeRule(namespaceEnforceDenyByDefault, {
    compliant: {
        "an empty policy": { objects: [namespace(), policy("a4co/deny-all")] },
        "an empty policy in the root namespace": {
            objects: [namespace(), policy("istio-system/deny-all")],
        },
        "an empty policy of another stack, told to the pack": {
            objects: [namespace()],
            settings: { meshDeniesByDefault: true },
        },
    },
    violating: {
        "a workload here, and one somewhere": {
            objects: [namespace(), deployment("a4co/order"), somewhere],
            violations: [MISSING],
        },
        "no policy": { objects: [namespace()], violations: [MISSING] },
        "a revision": {
            objects: [namespace("a4co", { "istio.io/rev": "stable" })],
            violations: [MISSING],
        },
        ambient: {
            objects: [namespace("a4co", { "istio.io/dataplane-mode": "ambient" })],
            violations: [MISSING],
        },
        "pods that ask for a sidecar by themselves": {
            objects: [
                namespace("a4co", {}),
                deployment("a4co/order", { labels: { "sidecar.istio.io/inject": "true" } }),
            ],
            violations: [MISSING],
        },
        "a policy for one workload": { objects: [namespace(), allow()], violations: [MISSING] },
        "a policy that allows everything": {
            objects: [namespace(), policy("a4co/deny-all", { rules: [{}] })],
            violations: [MISSING],
        },
        "a policy of another namespace": {
            objects: [namespace(), policy("other/deny-all")],
            violations: [MISSING],
        },
        "a policy of another action": {
            objects: [namespace(), policy("a4co/deny-all", { action: "AUDIT" })],
            violations: [MISSING],
        },
        "a policy that is only tried out": {
            objects: [namespace(), dryRun],
            violations: [MISSING],
        },
        "a gateway beside an application": {
            objects: [namespace(), gateway, deployment("a4co/order")],
            violations: [MISSING],
        },
    },
    unknown: {
        "the namespace's labels": {
            objects: [namespace("a4co", { "istio-injection": UNKNOWN })],
            advisories: [
                "Namespace a4co: metadata.labels.istio-injection: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the policy's rules": {
            objects: [namespace(), policy("a4co/deny-all", { rules: UNKNOWN })],
            advisories: [
                "AuthorizationPolicy a4co/deny-all: spec.rules: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "an ALLOW for the whole namespace denies the rest as well": {
            objects: [
                namespace(),
                policy("a4co/metrics", {
                    rules: [
                        {
                            ...from({ principals: ["cluster.local/ns/monitoring/sa/prometheus"] }),
                            ...to({ paths: ["/metrics"], methods: ["GET"] }),
                        },
                    ],
                }),
            ],
        },
        "a service added to a namespace of another stack": {
            objects: [deployment("a4co/order"), allow()],
        },
        "a namespace outside the mesh": {
            objects: [namespace("a4co", {}), deployment("a4co/order")],
        },
        "a namespace of gateways, whose callers are the live": { objects: [namespace(), gateway] },
        "the root namespace": { objects: [namespace("istio-system")] },
        "an egress gateway, by the template that is injected": {
            objects: [
                namespace(),
                deployment("a4co/egress", {
                    annotations: { "inject.istio.io/templates": "gateway" },
                }),
            ],
        },
        "a workload somewhere, beside an empty policy": {
            objects: [namespace(), policy("a4co/deny-all"), somewhere],
        },
        "an unknown policy beside an empty one": {
            objects: [
                namespace(),
                policy("a4co/unknown", { rules: UNKNOWN }),
                policy("a4co/deny-all"),
            ],
        },
    },
});
