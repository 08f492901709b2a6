import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MeshPlatform } from "#components/platform.ts";
import type { MeshPlatformArgs } from "#components/platform.ts";
import { recordResources } from "./mocks.ts";
import { DEV, PROD } from "./settings.ts";

function gate(log: string[] = []): MeshPlatformArgs["webhooks"] {
    return {
        ready: () => {
            log.push("asked");
            return Promise.resolve();
        },
    };
}

describe("MeshPlatform", () => {
    it("installs everything in an order in which each part finds what it needs", async () => {
        const recorded = await recordResources();
        const asked: string[] = [];
        new MeshPlatform("platform", { ...DEV, webhooks: gate(asked) });
        await recorded.settle();

        const position = (name: string): number => {
            const index = recorded.names().indexOf(name);
            ok(index >= 0, `${name} was not registered`);
            return index;
        };
        const order: readonly (readonly [string, string])[] = [
            ["platform-application-namespace", "platform-gateway"],
            ["platform-control-plane-namespace", "platform-base"],
            ["platform-base", "platform-istiod"],
            ["platform-istiod", "platform-gateway"],
            ["platform-injection-guard-sidecar-binding", "platform-gateway"],
            ["platform-injection-guard-image-binding", "platform-gateway"],
            ["platform-istiod", "platform-prometheus-release"],
            ["platform-istiod", "platform-jaeger-release"],
            ["platform-prometheus-release", "platform-grafana-release"],
            ["platform-jaeger-release", "platform-grafana-release"],
            ["platform-grafana-admin-secret", "platform-grafana-release"],
            ["platform-grafana-dashboards", "platform-grafana-release"],
            ["platform-prometheus-release", "platform-kiali-release"],
            ["platform-kiali-signing-secret", "platform-kiali-release"],
            ["platform-grafana-admin-secret", "platform-kiali-release"],
        ];
        for (const [first, then] of order) {
            ok(position(first) < position(then), `${first} must come before ${then}`);
        }
        deepStrictEqual(asked, ["asked"], "the gate is asked exactly once");
    });

    it("labels the application namespace for injection and the control plane's not at all", async () => {
        const recorded = await recordResources();
        new MeshPlatform("platform", { ...DEV, webhooks: gate() });
        await recorded.settle();
        deepStrictEqual(recorded.inputs("platform-application-namespace"), {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "a4co", labels: { "istio-injection": "enabled", name: "a4co" } },
        });
        // `istio-injection: disabled` would leave the gateway on image auto.
        deepStrictEqual(recorded.inputs("platform-control-plane-namespace"), {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "istio-system", labels: { name: "istio-system" } },
        });
    });

    it("names every child after itself, under a parent of its own", async () => {
        const recorded = await recordResources();
        new MeshPlatform("platform", { ...PROD, webhooks: gate() });
        await recorded.settle();
        for (const name of recorded.names()) {
            ok(name === "platform" || name.startsWith("platform-"), name);
        }
        const parents: Readonly<Record<string, string>> = {
            "platform-istiod": "mesh:index:MeshPlatform",
            "platform-injection-guard-sidecar-policy": "mesh:index:InjectionGuard",
            "platform-grafana-release": "mesh:index:Grafana",
            "platform-kiali-release": "mesh:index:Kiali",
            "platform-jaeger-network-policy": "mesh:index:Jaeger",
            "platform-prometheus-release": "mesh:index:Prometheus",
        };
        for (const [child, parent] of Object.entries(parents)) {
            ok(recorded.urn(child).includes(`${parent}$`), `${child}: ${recorded.urn(child)}`);
        }
    });

    it("gives every Release its exact name, chart, version and repository", async () => {
        const recorded = await recordResources();
        new MeshPlatform("platform", { ...PROD, webhooks: gate() });
        await recorded.settle();
        const istio = "https://blob.istio.io/istio-release/charts";
        deepStrictEqual(
            recorded
                .ofType("kubernetes:helm.sh/v3:Release")
                .map(({ inputs }) => [
                    inputs["name"],
                    inputs["chart"],
                    inputs["version"],
                    inputs["repositoryOpts"],
                ])
                .sort(),
            [
                [
                    "grafana",
                    "grafana",
                    "12.11.1",
                    { repo: "https://grafana-community.github.io/helm-charts" },
                ],
                ["istio-base", "base", "1.31.1", { repo: istio }],
                ["istio-ingressgateway", "gateway", "1.31.1", { repo: istio }],
                ["istiod", "istiod", "1.31.1", { repo: istio }],
                [
                    "jaeger",
                    "jaeger",
                    "4.11.1",
                    { repo: "https://jaegertracing.github.io/helm-charts" },
                ],
                ["kiali", "kiali-server", "2.29.0", { repo: "https://kiali.org/helm-charts" }],
                [
                    "prometheus",
                    "prometheus",
                    "29.27.0",
                    { repo: "https://prometheus-community.github.io/helm-charts" },
                ],
            ],
        );
        for (const { inputs } of recorded.ofType("kubernetes:helm.sh/v3:Release")) {
            strictEqual(inputs["namespace"], "istio-system");
            strictEqual(inputs["createNamespace"], false);
            strictEqual(inputs["skipCrds"], false);
        }
    });

    it("makes nothing of an addon that is off, not even its secret", async () => {
        const recorded = await recordResources();
        const addons = { prometheus: false, grafana: false, jaeger: false, kiali: false };
        new MeshPlatform("platform", { ...DEV, addons, webhooks: gate() });
        await recorded.settle();
        deepStrictEqual(
            recorded.names().filter((name) => /prometheus|grafana|jaeger|kiali/.test(name)),
            [],
        );
        deepStrictEqual(recorded.ofType("random:index/randomPassword:RandomPassword"), []);
    });

    it("keeps passwords out of chart values and marks them secret", async () => {
        const recorded = await recordResources();
        new MeshPlatform("platform", { ...PROD, webhooks: gate() });
        await recorded.settle();
        const passwords = recorded.ofType("random:index/randomPassword:RandomPassword");
        deepStrictEqual(
            passwords.map(({ name, inputs }) => [name, inputs["length"], inputs["special"]]).sort(),
            [
                ["platform-grafana-admin-password", 32, false],
                ["platform-kiali-signing-key", 32, false],
            ],
        );
        for (const { inputs } of recorded.ofType("kubernetes:helm.sh/v3:Release")) {
            ok(!JSON.stringify(inputs).includes("generated"), "a password is in a Release");
        }
        for (const name of ["platform-grafana-admin-secret", "platform-kiali-signing-secret"]) {
            match(JSON.stringify(recorded.inputs(name)), /generated/);
        }
    });

    it("asks nobody in a preview and leaves nothing waiting", async () => {
        const recorded = await recordResources({ preview: true });
        const asked: string[] = [];
        new MeshPlatform("platform", { ...DEV, webhooks: gate(asked) });
        await recorded.settle();
        deepStrictEqual(asked, []);
        ok(recorded.names().includes("platform-gateway"));
    });

    it("still registers the gateway in a preview that does not know istiod's status", async () => {
        const recorded = await recordResources({ preview: true, unknownStatus: true });
        new MeshPlatform("platform", { ...DEV, webhooks: gate() });
        await recorded.settle();
        ok(recorded.names().includes("platform-gateway"));
    });

    it("creates no gateway and fails with one error when the webhooks do not answer", () => {
        const fixture = fileURLToPath(new URL("webhook-failure.fixture.ts", import.meta.url));
        const child = spawnSync(process.execPath, ["--import", "tsx", fixture], {
            encoding: "utf8",
        });
        strictEqual(child.status, 1, child.stderr);
        deepStrictEqual(JSON.parse(child.stdout), {
            errors: [["RunError", "the injector did not answer"]],
            gateway: false,
            istiod: true,
        });
    });

    it("refuses settings that contradict one another at construction", async () => {
        await recordResources();
        throws(
            () =>
                new MeshPlatform("platform", {
                    ...PROD,
                    kialiAuth: "anonymous",
                    webhooks: gate(),
                }),
            /kialiAuth: anonymous is not allowed in prod/,
        );
    });
});
