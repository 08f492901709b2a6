import type { Field, KubernetesObject } from "./field.ts";
import { chartOf, valueAt } from "./helm.ts";
import { isToldLike, istioChartOf } from "./istio-chart.ts";

/** Charts that observe a mesh. */
const OBSERVERS: ReadonlySet<string> = new Set([
    "grafana",
    "jaeger",
    "jaeger-operator",
    "kiali-operator",
    "kiali-server",
    "kube-prometheus-stack",
    "prometheus",
]);

/** Kiali by its operator's own resource. */
export const KIALI = { group: "kiali.io", kind: "Kiali" } as const;

/** Whether a release belongs to a mesh: one of Istio's charts, or one that observes it. @throws UnknownValue */
export function isMeshChart(release: KubernetesObject): boolean {
    return OBSERVERS.has(chartOf(release)) || istioChartOf(release) !== undefined;
}

/** Kiali's settings, wherever they stand; `undefined` for what is not Kiali. @throws UnknownValue */
export function kialiOf(object: KubernetesObject): Field | undefined {
    if (object.group === KIALI.group) {
        return object.root.at("spec");
    }
    switch (chartOf(object)) {
        case "kiali-server":
            return valueAt(object);
        case "kiali-operator":
            return valueAt(object, "cr", "spec");
        default:
            // A copy under another name.
            return isToldLike(
                object,
                ["deployment", "view_only_mode"],
                ["login_token", "signing_key"],
            )
                ? valueAt(object)
                : undefined;
    }
}

/** The values of Grafana's chart, by itself or below another one; `undefined` elsewhere. @throws UnknownValue */
export function grafanaOf(release: KubernetesObject): Field | undefined {
    if (chartOf(release) === "grafana" || isToldLike(release, ["grafana.ini"])) {
        return valueAt(release);
    }
    const isAbove =
        chartOf(release) === "kube-prometheus-stack" || isToldLike(release, ["grafana"]);
    return isAbove ? valueAt(release, "grafana") : undefined;
}
