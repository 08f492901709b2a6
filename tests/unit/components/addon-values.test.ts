import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { grafana, jaeger, kiali, prometheus } from "./addons.ts";
import { DEV, PROD } from "./settings.ts";

describe("values of chart prometheus", () => {
    it("name the Service and port that Kiali and Grafana ask", () => {
        for (const settings of [DEV, PROD]) {
            const { server } = prometheus(settings);
            strictEqual(server.fullnameOverride, "prometheus");
            deepStrictEqual(server.service, { servicePort: 9090 });
        }
    });

    it("switch off what the chart would install besides", () => {
        const dev = prometheus(DEV);
        for (const chart of [
            "alertmanager",
            "kube-state-metrics",
            "prometheus-node-exporter",
            "prometheus-pushgateway",
        ] as const) {
            deepStrictEqual(dev[chart], { enabled: false }, chart);
        }
        deepStrictEqual(prometheus(PROD)["kube-state-metrics"], { enabled: true });
        deepStrictEqual(dev.server.persistentVolume, { enabled: false });
    });

    it("scrape istiod and the proxies by name, never letting a pod choose its labels", () => {
        const jobs = prometheus(PROD).scrapeConfigs;
        deepStrictEqual(
            Object.keys(jobs).filter((job) => jobs[job]?.enabled !== false),
            ["istiod", "jaeger", "envoy-stats", "kubernetes-pods-app"],
        );
        ok(Object.values(jobs).every((job) => job.honor_labels !== true));
    });

    it("roll prod on a new configuration, where no reloader runs", () => {
        const checksum = (settings: PlatformInput): string | undefined =>
            prometheus(settings).server.podAnnotations?.["checksum/config"];
        const prod = checksum(PROD);
        strictEqual(prod?.length, 64);
        strictEqual(checksum(PROD), prod, "the same configuration has the same checksum");
        ok(checksum({ ...PROD, clusterName: "other" }) !== prod);
        strictEqual(checksum(DEV), undefined);
        deepStrictEqual(prometheus(PROD).configmapReload, { prometheus: { enabled: false } });
        deepStrictEqual(prometheus(PROD).server.extraFlags, []);
    });

    it("keep the retained size below the volume's", () => {
        const { retentionSize, persistentVolume, strategy } = prometheus(PROD).server;
        ok(
            Number.parseInt(retentionSize ?? "", 10) <
                Number.parseInt(persistentVolume.size ?? "", 10),
        );
        deepStrictEqual(strategy, { type: "Recreate" });
    });
});

describe("values of chart grafana", () => {
    it("take the password from a Secret and hold none", () => {
        deepStrictEqual(grafana(PROD).admin, {
            existingSecret: "grafana-admin",
            userKey: "admin-user",
            passwordKey: "admin-password",
        });
        ok(!JSON.stringify(grafana(PROD)).includes("adminPassword"));
    });

    it("let anonymous visitors look, at most, and only where that is asked for", () => {
        deepStrictEqual(grafana(DEV)["grafana.ini"]["auth.anonymous"], {
            enabled: true,
            org_role: "Viewer",
        });
        deepStrictEqual(grafana(PROD)["grafana.ini"]["auth.anonymous"], { enabled: false });
    });

    it("send cookies over HTTPS alone where it is served over HTTPS", () => {
        strictEqual(grafana(PROD)["grafana.ini"].security?.cookie_secure, true);
        ok(!("security" in grafana(DEV)["grafana.ini"]));
    });

    it("know the data sources that exist, under fixed uids", () => {
        const sources = (settings: PlatformInput): readonly string[] =>
            grafana(settings).datasources["datasources.yaml"].datasources.map(
                ({ uid, url }) => `${uid} ${url}`,
            );
        deepStrictEqual(sources(DEV), [
            "prometheus http://prometheus.istio-system:9090",
            "jaeger http://jaeger.istio-system:16686/jaeger",
        ]);
        const addons = { ...DEV.addons, jaeger: false };
        deepStrictEqual(sources({ ...DEV, addons }), [
            "prometheus http://prometheus.istio-system:9090",
        ]);
    });

    it("read nothing of the cluster and run nothing as root", () => {
        for (const settings of [DEV, PROD]) {
            const values = grafana(settings);
            deepStrictEqual(values.rbac, { create: false });
            deepStrictEqual(values.initChownData, { enabled: false });
            strictEqual(values.containerSecurityContext.readOnlyRootFilesystem, true);
        }
        deepStrictEqual(grafana(PROD).deploymentStrategy, { type: "Recreate" });
    });
});

describe("values of chart jaeger", () => {
    it("listen on every address with every component", () => {
        const endpoints = JSON.stringify(jaeger(PROD).userconfig).match(/"endpoint":"[^"]+"/g);
        deepStrictEqual(endpoints?.sort(), [
            '"endpoint":"0.0.0.0:13133"',
            '"endpoint":"0.0.0.0:16685"',
            '"endpoint":"0.0.0.0:16686"',
            '"endpoint":"0.0.0.0:4317"',
            '"endpoint":"0.0.0.0:4318"',
        ]);
    });

    it("restart the pod on a new configuration by a label", () => {
        const label = (settings: PlatformInput): string =>
            jaeger(settings).jaeger.podLabels["config-hash"] ?? "";
        ok(/^[0-9a-f]{16}$/.test(label(DEV)));
        ok(label(DEV) !== label(PROD));
    });

    it("hold traces in memory in dev and on a volume that outlives the release in prod", () => {
        const dev = jaeger(DEV);
        deepStrictEqual(dev.userconfig.extensions.jaeger_storage.backends.main, {
            memory: { max_traces: 5000 },
        });
        ok(!("extraObjects" in dev));
        const prod = jaeger(PROD);
        ok("badger" in prod.userconfig.extensions.jaeger_storage.backends.main);
        const [claim] = prod.extraObjects ?? [];
        strictEqual(claim?.metadata.annotations["helm.sh/resource-policy"], "keep");
        deepStrictEqual(prod.jaeger.extraVolumes, [
            { name: "badger", persistentVolumeClaim: { claimName: claim.metadata.name } },
        ]);
    });

    it("drop spans before the kernel ends the process", () => {
        for (const settings of [DEV, PROD]) {
            const { userconfig, jaeger: container } = jaeger(settings);
            const limit = container.resources.limits?.memory ?? "";
            const mebibytes = Number.parseInt(limit, 10) * (limit.endsWith("Gi") ? 1024 : 1);
            ok(userconfig.processors.memory_limiter.limit_mib < mebibytes);
        }
    });
});

describe("values of chart kiali-server", () => {
    it("only read, whoever has logged in", () => {
        for (const kialiAuth of ["anonymous", "token"] as const) {
            const values = kiali({ ...DEV, kialiAuth });
            deepStrictEqual(values.auth, { strategy: kialiAuth });
            strictEqual(values.deployment.view_only_mode, true);
        }
    });

    it("do not have istiod polled over port-forwards that the guard refuses", () => {
        const istio = kiali({ ...PROD, guard: { enabled: true } }).external_services.istio;
        strictEqual(istio.istio_api_enabled, false);
        ok(!("istio_api_enabled" in kiali(DEV).external_services.istio));
    });

    it("name the signing key by reference", () => {
        strictEqual(kiali(PROD).login_token.signing_key, "secret:kiali-signing:key");
    });

    it("ask the Services that the other charts make", () => {
        const { prometheus: metrics, grafana: boards, tracing } = kiali(PROD).external_services;
        strictEqual(metrics.url, "http://prometheus.istio-system:9090");
        strictEqual(boards.internal_url, "http://grafana.istio-system:3000");
        strictEqual(boards.external_url, "https://grafana.a4co.local");
        strictEqual(tracing.internal_url, "http://jaeger.istio-system:16685/jaeger");
        strictEqual(tracing.external_url, "https://jaeger.a4co.local/jaeger");
    });

    it("log in to Grafana by reference, and not at all where visitors may look", () => {
        deepStrictEqual(kiali(PROD).external_services.grafana.auth, {
            type: "basic",
            username: "secret:grafana-admin:admin-user",
            password: "secret:grafana-admin:admin-password",
        });
        ok(!("auth" in kiali(DEV).external_services.grafana));
    });

    it("say aloud that an addon is off, because Kiali's default is an address that is not there", () => {
        const addons = { prometheus: true, grafana: false, jaeger: false, kiali: true };
        const services = kiali({ ...DEV, addons }).external_services;
        deepStrictEqual(services.grafana, { enabled: false });
        deepStrictEqual(services.tracing, { enabled: false });
    });

    it("carry the OpenID settings they need", () => {
        const kialiOpenId = { issuerUri: "https://login.a4co.local", clientId: "kiali" };
        deepStrictEqual(kiali({ ...PROD, kialiAuth: "openid", kialiOpenId }).auth, {
            strategy: "openid",
            openid: { client_id: "kiali", issuer_uri: "https://login.a4co.local" },
        });
    });

    it("are two with a budget in prod", () => {
        strictEqual(kiali(PROD).deployment.replicas, 2);
        deepStrictEqual(kiali(PROD).deployment.pod_disruption_budget, {
            spec: { minAvailable: 1 },
        });
        strictEqual(kiali(PROD).server.web_fqdn, "kiali.a4co.local");
    });
});
