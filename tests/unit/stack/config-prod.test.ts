import assert from "node:assert/strict";
import { catalog } from "#services/catalog.ts";
import { assertRefused, load } from "./config-support.ts";
import type { Keys } from "./config-support.ts";

const FAULT = { delay: { fixedDelay: "5s", percent: 0.1 } };
const NODE_PORTS = { serviceType: "NodePort", nodePorts: { http: 30080, https: 30443 } };

/** What prod cannot be given, though dev can, and why. */
const FORBIDDEN: readonly (readonly [Keys, string])[] = [
    [
        { size: "small" },
        "size: small is not allowed in prod: one istiod and one gateway; allowed: large",
    ],
    [
        { faults: { "order-service": FAULT } },
        "faults.order-service: prod cannot be given faults: they would fail real orders",
    ],
    [{ samplingPercent: 0 }, "samplingPercent: 0 is not allowed in prod; allowed: 1 to 10"],
    [{ samplingPercent: 0.99 }, "samplingPercent: 0.99 is not allowed in prod; allowed: 1 to 10"],
    [{ samplingPercent: 10.01 }, "samplingPercent: 10.01 is not allowed in prod; allowed: 1 to 10"],
    [{ samplingPercent: 100 }, "samplingPercent: 100 is not allowed in prod; allowed: 1 to 10"],
    [
        { replicas: { "payment-service": 1 } },
        "replicas.payment-service: 1 is not allowed in prod; allowed: 2 or more, so that one may fail",
    ],
    [
        { stockEnvoy: true },
        "stockEnvoy: prod cannot be given the local platform's proxy: it reports no istio_* metrics",
    ],
    [
        { gateway: NODE_PORTS },
        "gateway.nodePorts: prod cannot be given the local platform's fixed ports",
    ],
    [
        { kialiAuth: "anonymous" },
        "kialiAuth: anonymous is not allowed in prod; allowed: token, openid, openshift, header",
    ],
    [
        { grafanaAnonymousViewer: true },
        "grafanaAnonymousViewer: prod cannot be given an open Grafana",
    ],
    [
        { backingServices: "deploy" },
        "backingServices: prod cannot be given the single server for trying out; allowed: external",
    ],
    [
        { addons: { prometheus: { address: "http://prometheus.a4co.example:9090" } } },
        'addons.prometheus.address: "http://prometheus.a4co.example:9090" is not allowed in prod: it leaves the cluster in clear; allowed: https',
    ],
    [
        { addons: { grafana: { address: "http://10.0.0.7:3000" } } },
        'addons.grafana.address: "http://10.0.0.7:3000" is not allowed in prod: it leaves the cluster in clear; allowed: https',
    ],
    [
        { addons: { jaeger: { otlp: "http://otlp.a4co.example:4317" } } },
        'addons.jaeger.otlp: "http://otlp.a4co.example:4317" is not allowed in prod: it leaves the cluster in clear; allowed: https',
    ],
];

describe("prod", () => {
    for (const [keys, problem] of FORBIDDEN) {
        it(`cannot be given ${JSON.stringify(keys)}`, () => {
            assertRefused({ ...keys, environment: "prod" }, [`mesh:${problem}`]);
        });
        it(`is what a stack is that does not say: ${JSON.stringify(keys)}`, () => {
            assertRefused(keys, [`mesh:${problem}`]);
        });
        it(`is alone in that: dev may have ${JSON.stringify(keys)}`, () => {
            load({ ...keys, environment: "dev" });
        });
    }

    it("is refused everything at once", () => {
        const keys = Object.assign({}, ...FORBIDDEN.map(([forbidden]) => forbidden)) as Keys;
        assert.throws(
            () => load(keys),
            /not sound \(10 problems\)/,
            "ten settings, the last sampling and the last address among them",
        );
    });

    it("is refused the local stack's own settings in whatever environment they claim to be", () => {
        const local: Keys = { stockEnvoy: true, gateway: NODE_PORTS, size: "small" };
        assert.equal(load({ ...local, environment: "dev" }).stockEnvoy, true);
        assert.throws(() => load({ ...local, environment: "prod" }), /3 problems/);
    });

    it("takes 1 and 10 percent, and two replicas of everything", () => {
        const replicas = Object.fromEntries(catalog.services.map(({ name }) => [name, 2]));
        for (const samplingPercent of [1, 10]) {
            assert.deepEqual(load({ samplingPercent, replicas }).replicas, replicas);
        }
    });
});
