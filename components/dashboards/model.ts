/** The part of Grafana's dashboard format (schema 39) that is used. */
export interface Dashboard {
    readonly uid: string;
    readonly title: string;
    readonly description: string;
    readonly tags: readonly string[];
    readonly schemaVersion: 39;
    readonly refresh: string;
    readonly time: { readonly from: string; readonly to: string };
    readonly templating: { readonly list: readonly Variable[] };
    readonly panels: readonly Panel[];
}

export type Variable =
    | {
          readonly name: string;
          readonly label: string;
          readonly type: "datasource";
          readonly query: "prometheus";
      }
    | {
          readonly name: string;
          readonly label: string;
          readonly type: "query";
          readonly datasource: DataSourceRef;
          readonly query: { readonly query: string; readonly refId: string };
          readonly refresh: 2;
          readonly includeAll: boolean;
          readonly multi: boolean;
      };

interface DataSourceRef {
    readonly type: "prometheus";
    readonly uid: string;
}

interface Panel {
    readonly id: number;
    readonly title: string;
    readonly description?: string;
    readonly type: "timeseries" | "stat";
    readonly datasource: DataSourceRef;
    readonly gridPos: {
        readonly x: number;
        readonly y: number;
        readonly w: number;
        readonly h: number;
    };
    readonly fieldConfig: { readonly defaults: { readonly unit: Unit; readonly min: 0 } };
    readonly targets: readonly {
        readonly refId: string;
        readonly expr: string;
        readonly legendFormat: string;
        readonly datasource: DataSourceRef;
    }[];
}

type Unit = "reqps" | "percentunit" | "ms" | "short" | "cps" | "Bps" | "s";

/** A panel before it has its place. */
export interface PanelSpec {
    readonly title: string;
    /** What a reader should know before believing the panel. */
    readonly description?: string;
    readonly type?: Panel["type"];
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
    readonly variables: readonly Variable[];
    readonly panels: readonly PanelSpec[];
}

/** Follows the variable `datasource`, which Kiali's links set. */
const SELECTED: DataSourceRef = { type: "prometheus", uid: "${datasource}" };

const DATASOURCE: Variable = {
    name: "datasource",
    label: "Data source",
    type: "datasource",
    query: "prometheus",
};

/** A variable whose choices are the values of a label. */
export function labelVariable(name: string, label: string, query: string): Variable {
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

/** Lays the panels out two a row. */
export function dashboard(spec: DashboardSpec): Dashboard {
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

function place(spec: PanelSpec, index: number): Panel {
    return {
        id: index + 1,
        title: spec.title,
        ...(spec.description === undefined ? {} : { description: spec.description }),
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
