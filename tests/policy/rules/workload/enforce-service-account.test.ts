import { workloadEnforceServiceAccount } from "#policy/rules/workload/enforce-service-account.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, namespace, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const chart = "oci://ghcr.io/istio/release/charts/gateway";
const AT = "Deployment a4co/order: spec.template.spec.serviceAccountName";
const OWN = "a ServiceAccount of its own is required";
const NONE = `${AT}: without a ServiceAccount the pods run as default; ${OWN}`;

function runsAs(
    serviceAccountName: unknown,
    extra: Readonly<Record<string, unknown>> = {},
): Manifest {
    return deployment("a4co/order", { spec: { serviceAccountName, ...extra } });
}

describeRule(workloadEnforceServiceAccount, {
    compliant: {
        "its own": { objects: [namespace(), runsAs("order")] },
        "the gateway chart's": { objects: [release(chart, "istio-system/edge")] },
    },
    violating: {
        none: { objects: [namespace(), runsAs(undefined)], violations: [NONE] },
        default: {
            objects: [namespace(), runsAs("default")],
            violations: [`${AT}: default is the identity of every pod that names none; ${OWN}`],
        },
        "none, without a sidecar where ztunnel does the work": {
            objects: [
                namespace("a4co", { "istio.io/dataplane-mode": "ambient" }),
                deployment("a4co/order", {
                    labels: { "sidecar.istio.io/inject": "false" },
                    spec: { serviceAccountName: undefined },
                }),
            ],
            violations: [NONE],
        },
        "default, by the older name of the field": {
            objects: [namespace(), runsAs(undefined, { serviceAccount: "default" })],
            violations: [
                `Deployment a4co/order: spec.template.spec.serviceAccount: default is the identity of every pod that names none; ${OWN}`,
            ],
        },
        "none, in a namespace of another stack that this one writes policies for": {
            objects: [runsAs(undefined), policy("a4co/allow")],
            violations: [NONE],
        },
        "none, and the pod asks for its sidecar": {
            objects: [
                deployment("a4co/order", {
                    labels: { "sidecar.istio.io/inject": "true" },
                    spec: { serviceAccountName: undefined },
                }),
            ],
            violations: [NONE],
        },
        "a gateway that makes no account": {
            objects: [release(chart, "istio-system/edge", { serviceAccount: { create: false } })],
            violations: [
                `Release istio-system/edge: values.serviceAccount.name: without a ServiceAccount the pods run as default; ${OWN}`,
            ],
        },
    },
    unknown: {
        "one of two": {
            objects: [
                namespace(),
                runsAs(undefined),
                deployment("a4co/payment", { spec: { serviceAccountName: UNKNOWN } }),
            ],
            violations: [NONE],
            advisories: [
                "Deployment a4co/payment: spec.template.spec.serviceAccountName: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a stack without a mesh": {
            objects: [namespace("a4co", {}), runsAs(undefined)],
        },
        "a stack without a mesh, and an unknown namespace": {
            objects: [deployment("a4co/order", { spec: { serviceAccountName: UNKNOWN } })],
        },
        "a namespace outside the mesh, beside one inside": {
            objects: [
                namespace("tools", {}),
                namespace(),
                deployment("tools/x", { spec: { serviceAccountName: undefined } }),
            ],
        },
        "a pod without a sidecar, which is another rule's": {
            objects: [namespace(), runsAs(undefined, { hostNetwork: true })],
        },
    },
});
