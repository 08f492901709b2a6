import { referenceEnforceWorkload } from "#policy/rules/reference/enforce-workload.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import { allow, deployment, from, ORDER } from "../../mesh-manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const PLACE = "AuthorizationPolicy a4co/allow: spec.selector.matchLabels";
const PAYMENT = allow(from({ principals: [ORDER] }));

describeRule(referenceEnforceWorkload, {
    compliant: {
        "a workload's labels": { objects: [PAYMENT, deployment("a4co/payment")] },
        "the whole namespace": { objects: [allow({}, { selector: {} }), deployment("a4co/order")] },
    },
    violating: {
        "labels of nobody": {
            objects: [PAYMENT, deployment("a4co/paymant")],
            violations: [
                `${PLACE}: app=payment fits no workload of the stack in a4co; the nearest is app=paymant`,
            ],
        },
    },
    unknown: {
        "a workload's label": {
            objects: [PAYMENT, deployment("a4co/order", { labels: { app: UNKNOWN } })],
            advisories: [unknownAt("Deployment a4co/order: spec.template.metadata.labels.app")],
        },
    },
    nearMiss: {
        "a namespace in which others run everything": {
            objects: [PAYMENT, deployment("shop/order")],
        },
        "a chart that may run it": {
            objects: [PAYMENT, deployment("a4co/order"), release("payment", "a4co/payment")],
        },
    },
});
