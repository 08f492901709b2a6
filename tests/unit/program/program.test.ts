import assert from "node:assert/strict";
import { renderStack, run } from "../../render/render.ts";
import { stackConfig } from "../../render/stack-config.ts";

describe("the program", () => {
    it("fails with every problem and registers nothing when prod is given what it cannot have", async () => {
        const { errors, resources } = await run({
            program: "index.ts",
            stack: "prod",
            config: {
                ...stackConfig("prod"),
                "mesh:size": "small",
                "mesh:kialiAuth": "anonymous",
                "mesh:samplingPercent": "50",
            },
            preview: true,
        });
        assert.deepEqual(errors, [
            [
                "the stack's configuration is not sound (3 problems); nothing was changed",
                "  mesh:size: small is not allowed in prod: one istiod and one gateway; allowed: large",
                "  mesh:samplingPercent: 50 is not allowed in prod; allowed: 1 to 10",
                "  mesh:kialiAuth: anonymous is not allowed in prod; allowed: token, openid, openshift, header",
            ].join("\n"),
        ]);
        assert.deepEqual(resources, []);
    });

    it("is what `main` of Pulumi.yaml runs, with the same resources and outputs", async () => {
        const [direct, main] = await Promise.all([
            renderStack("dev"),
            run({
                program: "program/index.js",
                stack: "dev",
                config: stackConfig("dev"),
                preview: true,
            }),
        ]);
        assert.deepEqual(main.errors, []);
        assert.deepEqual(main.resources, direct.resources);
        assert.deepEqual(main.outputs, direct.outputs);
    });

    it("tells how to reach the gateway and who may call whom", async () => {
        const { outputs } = await renderStack("prod");
        assert.deepEqual(outputs, {
            istioVersion: "1.31.1",
            gateway: {
                hosts: ["order.a4co.local"],
                address: "kubectl --namespace istio-system get service istio-ingressgateway",
            },
            services: ["order-service", "payment-service", "inventory-service"],
            callers: [
                "ingress-gateway -> order-service",
                "order-service -> payment-service",
                "payment-service -> inventory-service",
                "order-service -> nats",
            ],
        });
    });

    it("warns of breakers that cannot eject and of tries that do not fit, where that is so", async () => {
        const tries =
            "warning: [runtime] payment-service: route /payments: 6 tries of 3s do not fit in its timeout of 15s, so the last ones never finish";
        assert.deepEqual((await renderStack("prod")).warnings, [tries]);
        assert.deepEqual((await renderStack("dev")).warnings, [
            "warning: [runtime] order-service: its breaker can never eject: 50 % of 1 replica(s) is less than one; it needs 2 replicas of the service, or a larger maxEjectionPercent",
            "warning: [runtime] payment-service: its breaker can never eject: 30 % of 1 replica(s) is less than one; it needs 4 replicas of the service, or a larger maxEjectionPercent",
            tries,
            "warning: [runtime] inventory-service: its breaker can never eject: 50 % of 1 replica(s) is less than one; it needs 2 replicas of the service, or a larger maxEjectionPercent",
        ]);
    });
});
