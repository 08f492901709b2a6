import { workloadDisallowOptOut } from "#policy/rules/workload/disallow-opt-out.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import { deployment, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const INJECT = "sidecar.istio.io/inject";
const POD = "Deployment a4co/order: spec.template";
const OUT = "false leaves the pod without a sidecar; every pod of the mesh needs its sidecar";
const AMBIENT = { "istio.io/dataplane-mode": "ambient" };
const byLabel = deployment("a4co/order", { labels: { [INJECT]: "false" } });

describeRule(workloadDisallowOptOut, {
    compliant: {
        "says nothing": { objects: [namespace(), deployment("a4co/order")] },
        "asks for its sidecar": {
            objects: [deployment("a4co/order", { labels: { [INJECT]: "true" } })],
        },
    },
    violating: {
        "by label": {
            objects: [namespace(), byLabel],
            violations: [`${POD}.metadata.labels["${INJECT}"]: ${OUT}`],
        },
        "by any word but yes": {
            objects: [namespace(), deployment("a4co/order", { labels: { [INJECT]: "no" } })],
            violations: [`${POD}.metadata.labels["${INJECT}"]: ${OUT.replace("false", "no")}`],
        },
        "by annotation": {
            objects: [namespace(), deployment("a4co/order", { annotations: { [INJECT]: false } })],
            violations: [`${POD}.metadata.annotations["${INJECT}"]: ${OUT}`],
        },
        "in a namespace of another stack": {
            objects: [byLabel],
            violations: [`${POD}.metadata.labels["${INJECT}"]: ${OUT}`],
        },
        "a pod of its own": {
            objects: [manifest("v1", "Pod", "a4co/probe", {}, { labels: { [INJECT]: "false" } })],
            violations: [`Pod a4co/probe: metadata.labels["${INJECT}"]: ${OUT}`],
        },
        "out of ambient": {
            objects: [
                namespace("a4co", AMBIENT),
                deployment("a4co/order", { labels: { "istio.io/dataplane-mode": "none" } }),
            ],
            violations: [
                `${POD}.metadata.labels["istio.io/dataplane-mode"]: none leaves the pod without ztunnel; every pod of the mesh needs ztunnel or a sidecar`,
            ],
        },
        "an application beside a container called proxy": {
            objects: [
                namespace(),
                deployment("a4co/order", {
                    labels: { [INJECT]: "false" },
                    spec: { containers: [{ name: "proxy", args: ["proxy", "router"] }] },
                }),
            ],
            violations: [`${POD}.metadata.labels["${INJECT}"]: ${OUT}`],
        },
        "a CronJob": {
            objects: [
                manifest("batch/v1", "CronJob", "a4co/nightly", {
                    jobTemplate: {
                        spec: { template: { metadata: { annotations: { [INJECT]: "false" } } } },
                    },
                }),
            ],
            violations: [
                `CronJob a4co/nightly: spec.jobTemplate.spec.template.metadata.annotations["${INJECT}"]: ${OUT}`,
            ],
        },
        "by the node's network": {
            objects: [namespace(), deployment("a4co/order", { spec: { hostNetwork: true } })],
            violations: [
                `${POD}.spec.hostNetwork: pods on the node's network get no sidecar; every pod of the mesh needs its sidecar`,
            ],
        },
        "by the values of a chart": {
            objects: [
                namespace(),
                release("redis", "a4co/cache", { master: { podLabels: { [INJECT]: "false" } } }),
            ],
            violations: [`Release a4co/cache: values.master.podLabels["${INJECT}"]: ${OUT}`],
        },
    },
    unknown: {
        "the label, beside the node's network": {
            objects: [
                namespace(),
                deployment("a4co/order", {
                    labels: { [INJECT]: UNKNOWN },
                    spec: { hostNetwork: true },
                }),
            ],
            violations: [
                `${POD}.spec.hostNetwork: pods on the node's network get no sidecar; every pod of the mesh needs its sidecar`,
            ],
            advisories: [
                `${POD}.metadata.labels["${INJECT}"]: cannot be judged at preview; the value is not known yet`,
            ],
        },
        "whether the namespace is in the mesh": {
            objects: [namespace("a4co", { "istio-injection": UNKNOWN }), byLabel],
            advisories: [
                "Namespace a4co: metadata.labels.istio-injection: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "without a sidecar where ztunnel does the work": {
            objects: [namespace("a4co", AMBIENT), byLabel],
        },
        "a proxy of its own": {
            objects: [
                namespace(),
                deployment("a4co/edge", {
                    labels: { [INJECT]: "false" },
                    spec: {
                        hostNetwork: true,
                        containers: [{ name: "istio-proxy", args: ["proxy", "router"] }],
                    },
                }),
            ],
        },
        "a waypoint that Istio manages": {
            objects: [
                namespace(),
                deployment("a4co/waypoint", {
                    labels: {
                        [INJECT]: "false",
                        "gateway.networking.k8s.io/gateway-name": "waypoint",
                    },
                }),
            ],
        },
        "the label asks for it, whatever the annotation says": {
            objects: [
                namespace(),
                deployment("a4co/order", {
                    labels: { [INJECT]: "true" },
                    annotations: { [INJECT]: "false" },
                }),
            ],
        },
        "an empty value, which leaves it to the namespace": {
            objects: [namespace(), deployment("a4co/order", { labels: { [INJECT]: "" } })],
        },
        "another word for yes": {
            objects: [namespace(), deployment("a4co/order", { annotations: { [INJECT]: "On" } })],
        },
        "a namespace of the stack without injection": {
            objects: [namespace("a4co", {}), byLabel],
        },
        "the root namespace": {
            objects: [deployment("istio-system/tool", { labels: { [INJECT]: "false" } })],
        },
        "a namespace outside the mesh, told to the pack": {
            objects: [byLabel],
            settings: { unmeshedNamespaces: ["a4co"] },
        },
        "a chart in a namespace of another stack": {
            objects: [release("prometheus", "monitoring/x", { podLabels: { [INJECT]: "false" } })],
        },
        "the node's network, in a stack without a mesh": {
            objects: [deployment("a4co/order", { spec: { hostNetwork: true } })],
        },
    },
});
