import { workloadDisallowSharedServiceAccount } from "#policy/rules/workload/disallow-shared-service-account.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, namespace } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const AT = "Deployment a4co/payment: spec.template.spec.serviceAccountName";
const OWN = "a ServiceAccount of its own is required";

function payment(serviceAccountName: unknown, app = "payment"): Manifest {
    return deployment("a4co/payment", { labels: { app }, spec: { serviceAccountName } });
}

describeRule(workloadDisallowSharedServiceAccount, {
    compliant: {
        "one each": {
            objects: [namespace(), deployment("a4co/order"), deployment("a4co/payment")],
        },
    },
    violating: {
        "two workloads": {
            objects: [namespace(), deployment("a4co/order"), payment("order")],
            violations: [`${AT}: order is also the identity of Deployment a4co/order; ${OWN}`],
        },
        "a workload and the gateway": {
            objects: [
                namespace(),
                release("oci://ghcr.io/istio/release/charts/gateway", "a4co/edge"),
                deployment("a4co/payment", { spec: { serviceAccountName: "edge" } }),
            ],
            violations: [
                `Release a4co/edge: values.serviceAccount.name: edge is also the identity of Deployment a4co/payment; ${OWN}`,
            ],
        },
    },
    unknown: {
        "an account that may be the same": {
            objects: [namespace(), deployment("a4co/order"), payment(UNKNOWN)],
            advisories: [`${AT}: cannot be judged at preview; the value is not known yet`],
        },
    },
    nearMiss: {
        "versions of one workload": {
            objects: [namespace(), deployment("a4co/order"), payment("order", "order")],
        },
        "accounts of that name in two namespaces": {
            objects: [
                namespace(),
                namespace("b"),
                deployment("a4co/order"),
                deployment("b/payment", { spec: { serviceAccountName: "order" } }),
            ],
        },
        "default, which is another rule's": {
            objects: [
                namespace(),
                payment("default"),
                deployment("a4co/order", { spec: { serviceAccountName: "default" } }),
            ],
        },
        "a stack without a mesh": {
            objects: [namespace("a4co", {}), deployment("a4co/order"), payment("order")],
        },
    },
});
