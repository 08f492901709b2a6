/** The addons that have something to look at. */
export const DASHBOARDS = ["grafana", "jaeger", "kiali", "prometheus"] as const;
export type Dashboard = (typeof DASHBOARDS)[number];
