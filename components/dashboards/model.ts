/** How Grafana writes a value. */
type Unit = "reqps" | "percentunit" | "ms" | "short" | "cps" | "Bps" | "s" | "bytes" | "ops";

/** A panel before it has its place. */
export interface PanelSpec {
    readonly title: string;
    /** What it counts, and what a reader should know before believing it. */
    readonly description: string;
    /** Default: over time. */
    readonly type?: "timeseries" | "stat";
    readonly unit: Unit;
    /** Queries by legend. */
    readonly queries: Readonly<Record<string, string>>;
}

export interface DashboardSpec {
    /** Stable: links and bookmarks carry it. */
    readonly uid: string;
    /** Kiali finds the dashboard by it. */
    readonly title: string;
    readonly description: string;
    readonly variables: readonly LabelVariable[];
    readonly panels: readonly PanelSpec[];
}

/** What rates are taken over: Grafana fills in four scrapes, or more where a pixel is longer. */
export const WINDOW = "$__rate_interval";

/** Follows the variable `datasource`, which Kiali's links set. */
const SELECTED = { type: "prometheus", uid: "${datasource}" };

const DATASOURCE = {
    name: "datasource",
    label: "Data source",
    type: "datasource",
    query: "prometheus",
};

/** A variable whose choices are the values of a label. */
export function labelVariable(name: string, label: string, query: string) {
    return {
        name,
        label,
        type: "query",
        datasource: SELECTED,
        query: { query, refId: name },
        refresh: 2,
        includeAll: false,
        multi: false,
    };
}

/** A variable that follows from the others, so that nobody has to choose it. */
export function derivedVariable(name: string, label: string, query: string) {
    return { ...labelVariable(name, label, query), hide: 2 };
}

type LabelVariable = ReturnType<typeof labelVariable>;

/** A dashboard in Grafana's own format, schema 39. */
export type Dashboard = ReturnType<typeof dashboard>;

/** Lays the panels out two a row. */
export function dashboard(spec: DashboardSpec) {
    return {
        uid: spec.uid,
        title: spec.title,
        description: spec.description,
        tags: ["a4co", "istio"],
        schemaVersion: 39,
        refresh: "15s",
        time: { from: "now-30m", to: "now" },
        templating: { list: [DATASOURCE, ...spec.variables] },
        panels: spec.panels.map(place),
    };
}

function place(spec: PanelSpec, index: number) {
    return {
        id: index + 1,
        title: spec.title,
        description: spec.description,
        type: spec.type ?? "timeseries",
        datasource: SELECTED,
        gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
        fieldConfig: { defaults: { unit: spec.unit, min: 0 } },
        targets: Object.entries(spec.queries).map(([legendFormat, expr], position) => ({
            refId: String.fromCharCode("A".charCodeAt(0) + position),
            expr,
            legendFormat,
            datasource: SELECTED,
        })),
    };
}
