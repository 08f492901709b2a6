import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { grafana, jaeger, kiali, prometheus } from "./addons.ts";
import { DEV, PROD } from "./settings.ts";

const SMALL = { environment: "staging", size: "small" } as const;

describe("every addon", () => {
    it("takes its images from a mirror where one is named, and from their own homes elsewhere", () => {
        const mirrored = {
            ...PROD,
            images: { addonRegistry: "mirror.a4co.local/addons", pullSecrets: ["mirror"] },
        };
        const { server, configmapReload } = prometheus({ ...mirrored, ...SMALL });
        deepStrictEqual(server.image, {
            repository: "mirror.a4co.local/addons/prometheus/prometheus",
        });
        deepStrictEqual(configmapReload.prometheus.image, {
            repository: "mirror.a4co.local/addons/prometheus-operator/prometheus-config-reloader",
        });
        deepStrictEqual(prometheus(mirrored)["kube-state-metrics"], {
            enabled: true,
            image: { registry: "mirror.a4co.local/addons" },
            imagePullSecrets: [{ name: "mirror" }],
        });
        deepStrictEqual(grafana(mirrored).global, { imageRegistry: "mirror.a4co.local/addons" });
        deepStrictEqual(jaeger(mirrored).jaeger.image, {
            registry: "mirror.a4co.local/addons",
            pullSecrets: ["mirror"],
        });
        strictEqual(kiali(mirrored).deployment.image_name, "mirror.a4co.local/addons/kiali/kiali");

        ok(!("image" in prometheus(PROD).server) && !("global" in grafana(PROD)));
        ok(!("image" in jaeger(PROD).jaeger) && !("image_name" in kiali(PROD).deployment));
    });

    it("is never injected, in whatever namespace it runs", () => {
        for (const settings of [DEV, PROD]) {
            for (const labels of [
                prometheus(settings).server.podLabels,
                grafana(settings).podLabels,
                jaeger(settings).jaeger.podLabels,
                kiali(settings).deployment.pod_labels,
            ]) {
                strictEqual(labels["sidecar.istio.io/inject"], "false");
            }
        }
    });
});
