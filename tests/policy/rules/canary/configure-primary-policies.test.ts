import { canaryConfigurePrimaryPolicies } from "#policy/rules/canary/configure-primary-policies.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, namespace, policy } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const canary = (name: unknown = "order"): Manifest =>
    manifest("flagger.app/v1beta1", "Canary", "a4co/order", {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    });
const rules = [{ from: [{ source: { namespaces: ["dev"] } }] }];
const deny = (name: string, labels?: unknown): Manifest =>
    policy(`a4co/${name}`, {
        action: "DENY",
        rules,
        ...(labels !== undefined && { selector: { matchLabels: labels } }),
    });
const own = deny("own", { app: "order" });
const order = deployment("a4co/order", { labels: { tier: "shop" } });
const LEFT_OUT =
    "AuthorizationPolicy a4co/own: spec.selector.matchLabels.app: order leaves out the pods that Flagger makes for Canary a4co/order, which carry app: order-primary; one that selects order-primary, or the whole namespace, is advised as well";

describeRule(canaryConfigurePrimaryPolicies, {
    compliant: {
        "the primary has the same": {
            objects: [canary(), order, own, deny("primary", { app: "order-primary" })],
        },
        "the whole namespace has": { objects: [canary(), order, own, deny("all")] },
        "a label that Flagger leaves alone": {
            objects: [canary(), order, deny("own", { tier: "shop" })],
        },
    },
    violating: {
        "a DENY": { objects: [canary(), order, own], violations: [LEFT_OUT] },
        "a DENY beside another action": {
            objects: [
                canary(),
                order,
                own,
                policy("a4co/allow", {
                    selector: { matchLabels: { app: "order-primary" } },
                    rules,
                }),
                policy("a4co/nothing"),
            ],
            violations: [LEFT_OUT],
        },
    },
    unknown: {
        "the target": {
            objects: [canary(UNKNOWN), order, own],
            advisories: [
                "Canary a4co/order: spec.targetRef.name: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a workload of another stack": { objects: [canary(), own] },
        "another workload's policy": {
            objects: [canary(), order, deny("own", { app: "payment" })],
        },
        "labels that Flagger is told": {
            objects: [
                canary(),
                order,
                own,
                release("flagger", "flagger/flagger", { selectorLabels: "tier" }),
            ],
        },
        "no canary": { objects: [order, own] },
        "nothing of these kinds": { objects: [namespace()], applies: false },
    },
});
