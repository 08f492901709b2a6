import { deepStrictEqual } from "node:assert/strict";
import { resolve } from "node:path";
import { chartReference } from "#components/platform/release.ts";
import { ADDON_CHARTS, istioChart } from "#stack/chart-versions.ts";

describe("where a chart comes from", () => {
    const kiali = ADDON_CHARTS.kiali;

    it("is its own repository at an exact version", () => {
        deepStrictEqual(chartReference("repository", istioChart("base", "1.30.4")), {
            chart: "base",
            version: "1.30.4",
            repositoryOpts: { repo: "https://blob.istio.io/istio-release/charts" },
        });
    });

    it("is a mirror at the same version, with or without a slash at its end", () => {
        const expected = {
            chart: "oci://mirror.a4co.local/charts/kiali-server",
            version: "2.29.0",
        };
        for (const mirror of [
            "oci://mirror.a4co.local/charts",
            "oci://mirror.a4co.local/charts/",
        ]) {
            deepStrictEqual(chartReference(mirror, kiali), expected);
        }
    });

    it("is a folder, without a version that would send Helm to a repository", () => {
        deepStrictEqual(chartReference("/srv/charts/", kiali), {
            chart: "/srv/charts/kiali-server",
        });
        deepStrictEqual(chartReference("./charts", kiali), {
            chart: resolve(import.meta.dirname, "../../../charts/kiali-server"),
        });
    });
});
