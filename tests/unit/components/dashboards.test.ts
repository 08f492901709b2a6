import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { kialiValues } from "#components/addons/kiali-values.ts";
import { dashboardFiles, dashboards } from "#components/dashboards/index.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { DEV } from "./settings.ts";

/** Most a ConfigMap may hold, all keys together. */
const CONFIG_MAP_LIMIT = 1024 * 1024;

describe("dashboards", () => {
    const all = Object.values(dashboards("a4co"));

    it("have the titles and variables that Kiali's links name", () => {
        const links = kialiValues(platformSettings(DEV)).external_services.grafana.dashboards ?? [];
        ok(links.length > 0);
        for (const link of links) {
            const found = all.find(({ title }) => title === link.name);
            ok(found !== undefined, link.name);
            const variables = found.templating.list.map(({ name }) => `var-${name}`);
            for (const variable of Object.values(link.variables ?? {})) {
                ok(variables.includes(variable), `${link.name}: ${variable}`);
            }
        }
    });

    it("fit one ConfigMap and have uids of their own", () => {
        const files = dashboardFiles("a4co");
        ok(JSON.stringify(files).length < CONFIG_MAP_LIMIT);
        strictEqual(new Set(all.map(({ uid }) => uid)).size, all.length);
    });

    it("show breakers, ejections, retries and denials from what every Envoy counts", () => {
        const text = JSON.stringify(dashboards("a4co")["resilience.json"]);
        for (const metric of [
            "envoy_cluster_upstream_rq_pending_overflow",
            "envoy_cluster_upstream_cx_overflow",
            "envoy_cluster_outlier_detection_ejections_enforced_total",
            "envoy_cluster_outlier_detection_ejections_active",
            "envoy_cluster_upstream_rq_retry_limit_exceeded",
            "envoy_http_rbac",
        ]) {
            ok(text.includes(metric), metric);
        }
        // This counter leaves out what a breaker refused, and the other stays 0 in this Envoy.
        ok(!text.includes("upstream_rq_total"));
        ok(!text.includes("ejections_total{"));
        ok(!text.includes("istio_requests_total"));
    });

    it("never add the two copies of a request count", () => {
        const queries = all.flatMap(({ panels }) =>
            panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        );
        const counts = queries.filter((query) => query.includes("envoy_cluster_upstream_rq{"));
        ok(counts.length > 0);
        for (const query of counts) {
            const selectors = query.match(/envoy_cluster_upstream_rq\{[^}]*\}/g) ?? [];
            ok(selectors.every((selector) => selector.includes("response_code_class")));
        }
    });

    it("have balanced queries, panels that do not overlap and one target a letter", () => {
        for (const { title, panels } of all) {
            const places = panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`);
            strictEqual(new Set(places).size, panels.length, title);
            for (const panel of panels) {
                const letters = panel.targets.map(({ refId }) => refId);
                deepStrictEqual(letters, ["A", "B", "C"].slice(0, letters.length));
                for (const { expr } of panel.targets) {
                    for (const [open, close] of ["()", "{}", "[]"]) {
                        const unquoted = expr.replace(/"[^"]*"/g, "");
                        strictEqual(
                            unquoted.split(open ?? "").length,
                            unquoted.split(close ?? "").length,
                            expr,
                        );
                    }
                }
            }
        }
    });
});
