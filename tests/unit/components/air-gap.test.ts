import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { declaredObjects } from "#stack/declared-objects.ts";
import type { DeclaredObjects } from "#stack/declared-objects.ts";
import { renderProd } from "../../render/render.ts";

const REGISTRY = "registry.example/";

/** Where each chart reads which registry its images are from, as its templates were rendered with these values. */
const IMAGES: Readonly<Record<string, readonly string[]>> = {
    base: [],
    istiod: ["global.hub"],
    // The injector fills it in, from istiod's hub.
    gateway: [],
    prometheus: ["server.image.repository", "kube-state-metrics.image.registry"],
    grafana: ["global.imageRegistry"],
    jaeger: ["jaeger.image.registry"],
    "kiali-server": ["deployment.image_name"],
};
/** Images that charts have beside these, and how each is switched off. */
const OFF: Readonly<Record<string, readonly string[]>> = {
    prometheus: [
        "configmapReload.prometheus.enabled",
        "alertmanager.enabled",
        "prometheus-node-exporter.enabled",
        "prometheus-pushgateway.enabled",
    ],
    grafana: ["testFramework.enabled", "initChownData.enabled"],
};

/** The configuration that the README gives for an air gap. */
function documented(): Readonly<Record<string, unknown>> {
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    const [block = ""] = readme.split("```yaml\n").slice(1);
    return parse(block.split("```")[0] ?? "") as Readonly<Record<string, unknown>>;
}

function at(value: unknown, path: string): unknown {
    return path
        .split(".")
        .reduce<unknown>(
            (inner, step) =>
                typeof inner === "object" && inner !== null
                    ? (Reflect.get(inner, step) as unknown)
                    : undefined,
            value,
        );
}

/** Every `image` of a pod's containers, wherever it stands. */
function imagesIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) =>
        key === "image" && typeof inner === "string" ? [inner] : imagesIn(inner),
    );
}

function isMirrored(place: unknown): boolean {
    return typeof place === "string" && place.startsWith(REGISTRY);
}

describe("the air gap of the README", () => {
    let declared: DeclaredObjects;

    before(async function () {
        this.timeout(60_000);
        declared = declaredObjects((await renderProd(documented())).resources);
    });

    it("takes every chart from the mirror", () => {
        const charts = declared.releases.map(({ chart }) => chart);
        assert.deepEqual(
            charts.toSorted(),
            Object.keys(IMAGES)
                .map((name) => `oci://${REGISTRY}charts/${name}`)
                .toSorted(),
        );
    });

    it("takes every image of every chart from the mirror", () => {
        for (const { chart, values } of declared.releases) {
            const name = chart.split("/").at(-1) ?? "";
            const elsewhere = (IMAGES[name] ?? []).filter((path) => !isMirrored(at(values, path)));
            assert.deepEqual(elsewhere, [], name);
            const on = (OFF[name] ?? []).filter((path) => at(values, path) !== false);
            assert.deepEqual(on, [], name);
        }
    });

    it("takes every pod's image from the mirror", () => {
        const images = declared.objects.flatMap(({ spec }) => imagesIn(spec));
        assert.equal(images.length, 3);
        assert.deepEqual(
            images.filter((image) => !isMirrored(image)),
            [],
        );
    });
});
