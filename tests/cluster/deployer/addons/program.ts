import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Grafana } from "#components/addons/grafana.ts";
import { Kiali } from "#components/addons/kiali.ts";
import { DEFAULT_ISTIO_VERSION } from "#stack/chart-versions.ts";
import { platformSettings } from "#stack/platform-settings.ts";

/** The addons that make secrets, as the platform has them, in a namespace of their own. */
const namespace = "addons-test";
const own = new k8s.core.v1.Namespace("ns", { metadata: { name: namespace } });
const settings = platformSettings({
    environment: "dev",
    size: "small",
    istioVersion: DEFAULT_ISTIO_VERSION,
    samplingPercent: 100,
    controlPlaneNamespace: namespace,
    addons: { prometheus: true, grafana: true, jaeger: false, kiali: true },
    charts: new pulumi.Config().require("charts"),
});
const args = { settings, namespace: own.metadata.name, after: [own] };
const grafana = new Grafana("grafana", args);
new Kiali("kiali", { ...args, after: [own, grafana.adminSecret] });

/** A secret output, as somebody may export it. */
export const password = grafana.adminSecret.stringData;
