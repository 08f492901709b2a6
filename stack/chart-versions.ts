/** Where a chart is published, and the exact version of it that this program was tried with. */
export interface PinnedChart {
    /** Name in the repository, and of the folder or archive in a mirror. */
    readonly chart: string;
    readonly repository: string;
    readonly version: string;
}

export type AddonName = "prometheus" | "grafana" | "jaeger" | "kiali";
export type IstioChartName = "base" | "istiod" | "gateway";

/** The Istio release that is installed unless stack config names another supported one. */
export const DEFAULT_ISTIO_VERSION = "1.31.1";

/** The host that serves Istio's charts since the old storage bucket was switched off. */
const ISTIO_REPOSITORY = "https://blob.istio.io/istio-release/charts";

/** Istio's three charts are versioned with Istio itself. */
export function istioChart(chart: IstioChartName, istioVersion: string): PinnedChart {
    return { chart, repository: ISTIO_REPOSITORY, version: istioVersion };
}

/** The addons' maintained charts. A version changes here and nowhere else. */
export const ADDON_CHARTS: Readonly<Record<AddonName, PinnedChart>> = {
    prometheus: {
        chart: "prometheus",
        repository: "https://prometheus-community.github.io/helm-charts",
        version: "29.27.0",
    },
    grafana: {
        chart: "grafana",
        repository: "https://grafana-community.github.io/helm-charts",
        version: "12.11.1",
    },
    jaeger: {
        chart: "jaeger",
        repository: "https://jaegertracing.github.io/helm-charts",
        version: "4.11.1",
    },
    kiali: {
        chart: "kiali-server",
        repository: "https://kiali.org/helm-charts",
        version: "2.29.0",
    },
};
