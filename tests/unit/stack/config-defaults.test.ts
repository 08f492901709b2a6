import assert from "node:assert/strict";
import { catalog } from "#services/catalog.ts";
import { configSchema } from "#stack/config-schema.ts";
import { baselineFrom, loadMeshConfig } from "#stack/config.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { projectFile, stackConfig, stackFile } from "../../render/stack-config.ts";
import { DEPLOYERS, load } from "./config-support.ts";

const STACKS = ["dev", "prod", "local"] as const;

function declaredDefaults(): Record<string, string> {
    const declared = Object.entries(projectFile().config).map(([key, { default: value }]) => [
        `mesh:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return Object.fromEntries(declared) as Record<string, string>;
}

describe("Pulumi.yaml", () => {
    const { name, config } = projectFile();

    it("is of the project whose keys the program reads", () => {
        assert.equal(name, "mesh");
    });

    it("declares every key of the schema and no other, each with its type and what it is", () => {
        assert.deepEqual(Object.keys(config).sort(), Object.keys(configSchema.shape).sort());
        for (const [key, { type, description, default: value }] of Object.entries(config)) {
            assert.ok(["string", "boolean", "object"].includes(type ?? ""), `${key}: ${type}`);
            assert.match(description ?? "", /^.{20,}\.$/, key);
            assert.notEqual(value, undefined, `${key} has no default`);
            assert.equal(typeof value, type, `${key}: its default is of another type`);
        }
    });

    it("declares the schema's defaults", () => {
        const { "mesh:deployers": nobody, ...defaults } = declaredDefaults();
        assert.equal(nobody, "{}");
        const given = { "mesh:deployers": JSON.stringify(DEPLOYERS) };
        assert.deepEqual(loadMeshConfig({ ...defaults, ...given }, catalog), load({}));
    });

    it("gives what the stacks do not say: the safe side", () => {
        assert.deepEqual(load({}), {
            environment: "prod",
            size: "large",
            istioVersion: "1.31.1",
            clusterName: "a4co-cluster",
            namespace: "a4co",
            controlPlaneNamespace: "istio-system",
            domain: "a4co.local",
            trustDomain: "cluster.local",
            samplingPercent: 1,
            outboundTraffic: "REGISTRY_ONLY",
            charts: "repository",
            images: {},
            serviceImages: {},
            replicas: { "order-service": 2, "payment-service": 4, "inventory-service": 2 },
            faults: {},
            canaries: {},
            backingServices: "external",
            gateway: { serviceType: "LoadBalancer" },
            certificate: "existing",
            addons: { prometheus: true, grafana: true, jaeger: true, kiali: true },
            prometheusOperator: { enabled: false, labels: {} },
            addonUrls: {},
            guard: { enabled: true },
            deployers: DEPLOYERS,
            kialiOpenId: {},
            kialiAuth: "token",
            grafanaAnonymousViewer: false,
            stockEnvoy: false,
        });
    });
});

describe("the stacks of this checkout", () => {
    for (const stack of STACKS) {
        it(`${stack} is sound, and says what it is`, () => {
            const config = loadMeshConfig(stackConfig(stack), catalog);
            assert.equal(config.environment, stack === "local" ? "dev" : stack);
        });
        it(`${stack} has only keys of the project`, () => {
            for (const key of Object.keys(stackFile(stack))) {
                assert.match(key, /^mesh:/);
            }
        });
    }

    it("keep the local platform's settings in local alone", () => {
        for (const stack of ["dev", "prod"]) {
            for (const key of ["mesh:stockEnvoy", "mesh:images", "mesh:gateway", "mesh:charts"]) {
                assert.equal(stackFile(stack)[key], undefined, `${stack}: ${key}`);
            }
        }
    });
});

describe("configuration that is taken", () => {
    it("fills in the parts of an object that are not said", () => {
        assert.deepEqual(load({ addons: { kiali: false } }).addons, {
            prometheus: true,
            grafana: true,
            jaeger: true,
            kiali: false,
        });
        const replicas = { environment: "dev", replicas: { "order-service": 3 } };
        assert.deepEqual(load(replicas).replicas, {
            "order-service": 3,
            "payment-service": 4,
            "inventory-service": 2,
        });
    });

    it("ignores the keys of other projects and providers", () => {
        const raw = { "kubernetes:context": "kind", "mesh:environment": "dev" };
        assert.equal(loadMeshConfig(raw, catalog).environment, "dev");
    });

    it("keeps text that looks like a number as text", () => {
        assert.equal(load({ images: { tag: "1.31" } }).images.tag, "1.31");
        const mirror = { addonRegistry: "registry.example/addons" };
        assert.deepEqual(load({ images: mirror }).images, mirror);
        assert.equal(load({ clusterName: "a1" }).clusterName, "a1");
    });

    for (const charts of ["repository", "oci://ghcr.io/a4co/charts", "/charts"]) {
        it(`takes charts from ${charts}`, () => {
            assert.equal(platformSettings(load({ charts })).charts, charts);
        });
    }

    for (const [given, expected] of [
        ["existing", { from: "existing" }],
        ["Issuer/a4co", { from: "cert-manager", kind: "Issuer", name: "a4co" }],
        [
            "ClusterIssuer/acme.a4co",
            { from: "cert-manager", kind: "ClusterIssuer", name: "acme.a4co" },
        ],
    ] as const) {
        it(`takes the certificate from ${given}`, () => {
            assert.deepEqual(baselineFrom(load({ certificate: given })).certificate, expected);
        });
    }

    it("signs in to Kiali with OpenID where both of its settings are there", () => {
        const kialiOpenId = { issuerUri: "https://id.a4co.example", clientId: "kiali" };
        const settings = platformSettings(load({ kialiAuth: "openid", kialiOpenId }));
        assert.deepEqual(settings.kialiOpenId, kialiOpenId);
        assert.equal(platformSettings(load({})).kialiOpenId, undefined);
    });

    it("reports no spans where there is no Jaeger, and no Istio metrics where the proxy has none", () => {
        const { telemetry } = baselineFrom(
            load({ environment: "dev", addons: { jaeger: false }, stockEnvoy: true }),
        );
        assert.equal(telemetry.samplingPercent, undefined);
        assert.equal(telemetry.metrics, false);
    });

    it("serves port 80 in dev alone", () => {
        for (const environment of ["dev", "staging", "prod"]) {
            const { redirectHttp } = baselineFrom(load({ environment }));
            assert.equal(redirectHttp, environment !== "dev", environment);
        }
    });
});
