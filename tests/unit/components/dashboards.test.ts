import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { PROMETHEUS_UID } from "#components/addons/grafana-values.ts";
import { kialiValues } from "#components/addons/kiali-values.ts";
import { dashboardFiles, dashboards } from "#components/dashboards/index.ts";
import type { Dashboard } from "#components/dashboards/model.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { grafana } from "./addons.ts";
import { Query } from "./promql.ts";
import { DEV, PROD } from "./settings.ts";

/** Most a ConfigMap may hold, all keys together. */
const CONFIG_MAP_LIMIT = 1024 * 1024;
/** Of something a second, of a share, and of what is there. */
const UNITS = {
    rate: ["reqps", "cps", "Bps", "ops"],
    share: ["percentunit"],
    state: ["short", "s", "bytes", "ms"],
} as const;

const ALL = Object.values(dashboards("a4co"));

function duplicates(values: readonly unknown[]): readonly unknown[] {
    return values.filter((value, index) => values.indexOf(value) !== index);
}

/** Every target with where it is. */
function targets({ title, panels }: Dashboard) {
    return panels.flatMap((panel) =>
        panel.targets.map((target) => ({
            ...target,
            panel,
            where: `${title}, ${panel.title}, ${target.legendFormat}`,
        })),
    );
}

describe("dashboards", () => {
    it("have the titles and variables that Kiali's links name", () => {
        const links = kialiValues(platformSettings(DEV)).external_services.grafana.dashboards ?? [];
        ok(links.length > 0);
        for (const link of links) {
            const found = ALL.find(({ title }) => title === link.name);
            ok(found !== undefined, link.name);
            const variables = found.templating.list.map(({ name }) => `var-${name}`);
            for (const variable of Object.values(link.variables ?? {})) {
                ok(variables.includes(variable), `${link.name}: ${variable}`);
            }
        }
    });

    it("ask the data source that Grafana is given and Kiali names", () => {
        for (const settings of [DEV, PROD]) {
            const [source] = grafana(settings).datasources["datasources.yaml"].datasources;
            const { grafana: link } = kialiValues(platformSettings(settings)).external_services;
            strictEqual(source?.uid, PROMETHEUS_UID);
            strictEqual(link.datasource_uid, source.uid);
            // The variable takes the default one, of this type.
            strictEqual(source.isDefault, true);
            for (const { templating, panels } of ALL) {
                deepStrictEqual(templating.list[0], {
                    name: "datasource",
                    label: "Data source",
                    type: "datasource",
                    query: source.type,
                });
                const selected: object = { type: source.type, uid: "${datasource}" };
                const asked = [
                    ...templating.list.slice(1),
                    ...panels,
                    ...panels.flatMap((panel) => panel.targets),
                ];
                ok(asked.every((each) => "datasource" in each));
                for (const each of asked) {
                    deepStrictEqual("datasource" in each && each.datasource, selected);
                }
            }
        }
    });

    it("fit one ConfigMap, with uids, titles and places of their own", () => {
        ok(JSON.stringify(dashboardFiles("a4co")).length < CONFIG_MAP_LIMIT);
        deepStrictEqual(duplicates(ALL.map(({ uid }) => uid)), []);
        deepStrictEqual(duplicates(ALL.map(({ title }) => title)), []);
        for (const { uid, title, description, panels } of ALL) {
            match(uid, /^[a-z0-9-]{1,40}$/);
            ok(description.endsWith("."), title);
            deepStrictEqual(duplicates(panels.map(({ id }) => id)), [], title);
            deepStrictEqual(duplicates(panels.map((panel) => panel.title)), [], title);
            const places = panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`);
            deepStrictEqual(duplicates(places), [], title);
        }
    });

    it("explain every panel, and name every series by labels that it has", () => {
        for (const board of ALL) {
            for (const panel of board.panels) {
                ok(panel.description.endsWith("."), `${board.title}, ${panel.title}`);
                const letters = panel.targets.map(({ refId }) => refId);
                deepStrictEqual(letters, ["A", "B", "C", "D", "E"].slice(0, letters.length));
            }
            for (const { expr, legendFormat, where } of targets(board)) {
                ok(legendFormat.trim() !== "", where);
                const labels = new Query(expr).labels();
                for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
                    ok(labels.includes(label), `${where}: ${label}`);
                }
            }
        }
    });

    it("ask in PromQL for metrics and labels that there are, for growth of what only grows", () => {
        for (const board of ALL) {
            for (const { expr, where } of targets(board)) {
                deepStrictEqual(new Query(expr).problems(), [], where);
            }
        }
    });

    it("have the unit of what they ask for", () => {
        for (const board of ALL) {
            for (const { expr, panel, where } of targets(board)) {
                const query = new Query(expr);
                const { unit } = panel.fieldConfig.defaults;
                // A core's seconds in a second are a share of it.
                const share =
                    query.isShare() || query.metrics().includes("process_cpu_seconds_total");
                const kind = share ? "share" : query.isRate() ? "rate" : "state";
                const allowed: readonly string[] = UNITS[kind];
                ok(allowed.includes(unit), `${where}: ${unit} for a ${kind}`);
                if (query.isQuantile()) {
                    const [metric = ""] = query.metrics();
                    const wanted = /_milliseconds_/.test(metric)
                        ? "ms"
                        : /_bytes_/.test(metric)
                          ? "bytes"
                          : "s";
                    strictEqual(unit, wanted, where);
                }
            }
        }
    });

    it("take rates over what Grafana fills in, and use every variable that they have", () => {
        for (const board of ALL) {
            const variables = board.templating.list.slice(1);
            const names = variables.map(({ name }) => name);
            const asked = [
                ...targets(board).map(({ expr }) => expr),
                ...variables.map(({ query }) => (typeof query === "string" ? query : query.query)),
            ];
            for (const { expr, where } of targets(board)) {
                for (const [, range = ""] of expr
                    .replaceAll(/"[^"]*"/g, "")
                    .matchAll(/rate\([^[]*\[([^\]]+)\]/g)) {
                    strictEqual(range, "$__rate_interval", where);
                }
            }
            const used = asked.flatMap((query) =>
                [...query.matchAll(/\$([a-z]\w*)/g)].map(([, name = ""]) => name),
            );
            deepStrictEqual([...new Set(used)].sort(), [...names].sort(), board.title);
        }
    });

    it("never add the two copies of a request count, nor take a count for another", () => {
        const queries = ALL.flatMap((board) => targets(board).map(({ expr }) => expr));
        const selectors = queries.flatMap(
            (query) => query.match(/envoy_cluster_upstream_rq\{[^}]*\}/g) ?? [],
        );
        ok(selectors.length > 0);
        ok(selectors.every((selector) => selector.includes("response_code_class")));
    });

    it("show of each service what the mesh does for it", () => {
        const titles = dashboards("a4co")["istio-service.json"]?.panels.map(({ title }) => title);
        for (const title of [
            "Requests",
            "Share of 5xx",
            "Latency",
            "Retries",
            "Pool in use",
            "Requests a breaker refused",
            "Ejected hosts",
            "Denied by authorization",
            "Time until a proxy's certificate ends",
        ]) {
            ok(titles?.includes(title), title);
        }
    });
});

describe("the rules for queries", () => {
    const wrong: readonly (readonly [string, string, RegExp])[] = [
        ["one that does not parse", "sum(rate(up[1m])", /does not parse/],
        ["a metric that is not there", "envoy_cluster_upstream_rq_totl", /no metric that is known/],
        ["a counter as it is", "sum by (pod) (pilot_xds_pushes)", /is a counter/],
        ["the growth of a gauge", "rate(pilot_xds[1m])", /is a gauge/],
        ["a label that is not there", 'up{cluster_name="x"}', /no label cluster_name/],
        ["a grouping by none", "sum by (kind) (up)", /no label kind to group by/],
        [
            "a quantile of buckets that are not added",
            "histogram_quantile(0.9, rate(pilot_xds_push_time_bucket[1m]))",
            /without sum by/,
        ],
        ["buckets alone", "rate(pilot_xds_push_time_bucket[1m])", /outside histogram_quantile/],
    ];
    for (const [what, query, expected] of wrong) {
        it(`refuse ${what}`, () => {
            match(new Query(query).problems().join("; "), expected);
        });
    }
});
