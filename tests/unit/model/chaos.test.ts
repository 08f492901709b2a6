import assert from "node:assert/strict";
import { DestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { EnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import { AuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import type { ChaosIntent, ChaosObject } from "#model/chaos.ts";
import { CHAOS_KINDS, chaosObjects, NEVER_ASSIGNED } from "#model/chaos.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { serviceRoutes } from "#model/routing.ts";
import type { HttpRoute } from "#model/routing.ts";
import { payment } from "#services/payment.ts";
import { intentOf } from "../cli/chaos/intents.ts";
import { CONTEXT } from "./context.ts";

const [ADDRESS] = NEVER_ASSIGNED;

function objectsOf(intent: ChaosIntent): readonly ChaosObject[] {
    return chaosObjects(intent, CONTEXT, ADDRESS);
}

function routesIn(objects: readonly ChaosObject[]): readonly HttpRoute[] {
    const found = objects.find(({ kind }) => kind === "VirtualService");
    assert.ok(found);
    return (found.content["spec"] as { readonly http: HttpRoute[] }).http;
}

describe("the objects of an experiment", () => {
    it("satisfy Istio's schemas, whatever the kind", () => {
        const metadata = { name: "any", namespace: "any" };
        const models = { AuthorizationPolicy, DestinationRule, EnvoyFilter, VirtualService };
        const made = CHAOS_KINDS.flatMap((kind) => objectsOf(intentOf(kind)));
        for (const { kind, content } of made.filter((object) => object.kind in models)) {
            const Model = models[kind as keyof typeof models];
            new Model({ metadata, ...content }).validate();
        }
        assert.deepEqual([...new Set(made.map(({ kind }) => kind))].sort(), [
            "AuthorizationPolicy",
            "DestinationRule",
            "EndpointSlice",
            "EnvoyFilter",
            "Service",
            "VirtualService",
        ]);
    });

    it("none is an object of the stack: no name is one that the program gives", () => {
        const names = CHAOS_KINDS.flatMap((kind) =>
            objectsOf(intentOf(kind)).map(({ name }) => name),
        );
        assert.ok(!names.includes("payment-service"));
        assert.ok(names.every((name) => name.startsWith("payment-service-")));
    });

    it("delay keeps the service's own timeouts, retries, subsets and weights, for one caller alone", () => {
        const routes = routesIn(objectsOf(intentOf("delay", { share: 0.1, delay: "2s" })));
        const fault = { delay: { fixedDelay: "2s", percentage: { value: 0.1 } } };
        assert.deepEqual(
            routes.map((route) => ({ ...route, match: undefined })),
            serviceRoutes(payment, CONTEXT).map((route) => ({
                ...route,
                fault,
                match: undefined,
            })),
        );
        for (const match of routes.flatMap((route) => route.match ?? [])) {
            assert.deepEqual(match.sourceLabels, { app: "order-service" });
            // With it istiod would not look at the labels.
            assert.equal(match.gateways, undefined);
        }
    });

    it("for the gateway they are bound to it, and to no labels", () => {
        const intent = intentOf("abort", { service: "order-service", share: 50, status: 500 });
        assert.equal(intent.caller, INGRESS_GATEWAY);
        for (const match of routesIn(objectsOf(intent)).flatMap((route) => route.match ?? [])) {
            assert.deepEqual(match.gateways, ["a4co-gateway"]);
            assert.equal(match.sourceLabels, undefined);
        }
    });

    it("they have no hosts and no gateways of their own, or Istio would not take them for a delegate", () => {
        const [object] = objectsOf(intentOf("abort", { share: 1 }));
        assert.deepEqual(Object.keys(object?.content["spec"] as object), ["http"]);
    });

    it("partition leads to nobody under the declared timeouts, retries and breaker", () => {
        const objects = objectsOf(intentOf("partition"));
        const own = serviceRoutes(payment, CONTEXT);
        assert.deepEqual(
            routesIn(objects).map(({ timeout, retries }) => ({ timeout, retries })),
            own.map(({ timeout, retries }) => ({ timeout, retries })),
        );
        const host = "payment-service-void.a4co.svc.cluster.local";
        for (const { destination } of routesIn(objects).flatMap(({ route }) => route ?? [])) {
            assert.deepEqual(destination, { host, port: { number: 3006 } });
        }
        const rule = objects.find(({ kind }) => kind === "DestinationRule");
        const { trafficPolicy } = destinationRuleSpec(payment, CONTEXT);
        assert.deepEqual(rule?.content["spec"], { host, trafficPolicy });
        const service = objects.find(({ kind }) => kind === "Service");
        assert.ok(!("selector" in (service?.content["spec"] as object)));
        const slice = objects.find(({ kind }) => kind === "EndpointSlice");
        assert.deepEqual(slice?.labels, { "kubernetes.io/service-name": "payment-service-void" });
    });

    it("isolate denies one identity on the service's port, and nobody else", () => {
        const [object] = objectsOf(intentOf("isolate"));
        assert.deepEqual(object?.content["spec"], {
            selector: { matchLabels: { app: "payment-service" } },
            action: "DENY",
            rules: [
                {
                    from: [{ source: { principals: ["cluster.local/ns/a4co/sa/order-service"] } }],
                    to: [{ operation: { ports: ["3006"] } }],
                },
            ],
        });
    });

    it("failing selects by the experiment's label alone, and counts its share in millionths", () => {
        const [object] = objectsOf(intentOf("failing", { share: 0.0001, status: 500 }));
        const text = JSON.stringify(object?.content);
        assert.match(text, /"workloadSelector":\{"labels":\{"mesh-chaos":"payment-service"\}\}/);
        assert.match(
            text,
            /"http_status":500,"percentage":\{"numerator":1,"denominator":"MILLION"\}/,
        );
        assert.match(JSON.stringify(objectsOf(intentOf("failing", { delay: "1500ms" }))), /"1.5s"/);
    });

    it("vanish and kill-istiod make none", () => {
        assert.deepEqual(objectsOf(intentOf("vanish")), []);
        assert.deepEqual(objectsOf(intentOf("kill-istiod")), []);
    });
});
