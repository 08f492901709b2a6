import { NEVER_INJECTED } from "#model/platform-names.ts";
import {
    addonEndpoints,
    JAEGER_BASE_PATH,
    KIALI_BASE_PATH,
    ownAddons,
} from "#stack/addon-endpoints.ts";
import { ADDON_CHARTS } from "#stack/chart-versions.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { compact } from "../platform/chart-values.ts";
import type { ResourceRequirements, Switch } from "../platform/chart-values.ts";
import { GRAFANA_ADMIN, PROMETHEUS_UID } from "./grafana-values.ts";

/** Secret with the key Kiali signs its sessions with, made by the program. */
export const KIALI_SIGNING = { secret: "kiali-signing", key: "key" } as const;

interface DashboardLink {
    /** Kiali finds a dashboard by its title. */
    readonly name: "Istio Service Dashboard" | "Istio Workload Dashboard" | "Istio Mesh Dashboard";
    readonly variables?:
        | Readonly<Partial<Record<"datasource" | "namespace" | "service" | "workload", string>>>
        | undefined;
}

/** The part of the values of chart `kiali-server` that is set; the chart has no schema. */
export interface KialiValues {
    readonly auth: {
        readonly strategy: PlatformSettings["kialiAuth"];
        readonly openid?: { readonly client_id: string; readonly issuer_uri: string } | undefined;
    };
    readonly deployment: {
        readonly instance_name: string;
        readonly view_only_mode: boolean;
        readonly image_name?: string | undefined;
        readonly image_version: string;
        readonly image_pull_policy: "IfNotPresent";
        readonly image_pull_secrets?: readonly string[] | undefined;
        readonly pod_labels: Readonly<Record<string, string>>;
        readonly resources: ResourceRequirements;
        readonly replicas: number;
        readonly logger?: { readonly log_format: "json" } | undefined;
        readonly pod_disruption_budget?:
            { readonly spec: { readonly minAvailable: number } } | undefined;
        readonly network_policy: Switch;
    };
    readonly login_token: { readonly signing_key: string };
    readonly external_services: {
        readonly istio: {
            readonly root_namespace: string;
            readonly istio_api_enabled?: false | undefined;
        };
        readonly prometheus: { readonly enabled: boolean; readonly url?: string | undefined };
        readonly grafana: {
            readonly enabled: boolean;
            readonly internal_url?: string | undefined;
            readonly external_url?: string | undefined;
            readonly datasource_uid?: string | undefined;
            readonly dashboards?: readonly DashboardLink[] | undefined;
            readonly auth?:
                | {
                      readonly type: "basic";
                      readonly username: string;
                      readonly password: string;
                  }
                | undefined;
        };
        readonly tracing: {
            readonly enabled: boolean;
            readonly provider?: "jaeger" | undefined;
            readonly use_grpc?: boolean | undefined;
            readonly internal_url?: string | undefined;
            readonly external_url?: string | undefined;
        };
    };
    readonly server: {
        readonly web_root: string;
        readonly web_fqdn?: string | undefined;
        readonly web_schema?: "https" | "http" | undefined;
        readonly observability: {
            readonly metrics: { readonly enabled: boolean; readonly port: number };
        };
    };
}

/** Values of chart `kiali-server`: it reads, it never writes, whoever has logged in. */
export function kialiValues(settings: PlatformSettings): KialiValues {
    const large = settings.size === "large";
    const url = new URL(settings.addonUrls.kiali);
    return compact<KialiValues>({
        auth: {
            strategy: settings.kialiAuth,
            openid:
                settings.kialiOpenId === undefined
                    ? undefined
                    : {
                          client_id: settings.kialiOpenId.clientId,
                          issuer_uri: settings.kialiOpenId.issuerUri,
                      },
        },
        deployment: {
            // The name of everything the chart makes; fullnameOverride is not it.
            instance_name: "kiali",
            // Otherwise an anonymous visitor could rewrite Istio's configuration.
            view_only_mode: true,
            image_name:
                settings.images.addonRegistry === undefined
                    ? undefined
                    : `${settings.images.addonRegistry}/kiali/kiali`,
            image_version: `v${ADDON_CHARTS.kiali.version}`,
            image_pull_policy: "IfNotPresent",
            image_pull_secrets: settings.images.pullSecrets,
            pod_labels: NEVER_INJECTED,
            resources: large
                ? { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } }
                : { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "512Mi" } },
            replicas: large ? 2 : 1,
            logger: large ? { log_format: "json" } : undefined,
            pod_disruption_budget: large ? { spec: { minAvailable: 1 } } : undefined,
            network_policy: { enabled: true },
        },
        // By reference: given here, or left out, the key would lie readable in a ConfigMap.
        login_token: { signing_key: `secret:${KIALI_SIGNING.secret}:${KIALI_SIGNING.key}` },
        external_services: externalServices(settings),
        server: {
            web_root: KIALI_BASE_PATH,
            web_fqdn: large ? url.hostname : undefined,
            web_schema: large ? (url.protocol === "https:" ? "https" : "http") : undefined,
            // Where monitors say what is scraped: the chart would annotate the pod.
            observability: {
                metrics: { enabled: !settings.prometheusOperator.enabled, port: 9090 },
            },
        },
    });
}

function externalServices(settings: PlatformSettings): KialiValues["external_services"] {
    const endpoints = addonEndpoints(settings);
    const own = ownAddons(settings);
    return {
        istio: {
            root_namespace: settings.controlPlaneNamespace,
            // Kiali polls istiod over a port-forward, which the guard refuses to everybody but the deployers.
            istio_api_enabled: settings.guard.enabled === true ? false : undefined,
        },
        prometheus: { enabled: endpoints.prometheus !== undefined, url: endpoints.prometheus },
        // Both must be switched off aloud: Kiali's own defaults name Services that do not exist here.
        grafana:
            endpoints.grafana === undefined
                ? { enabled: false }
                : {
                      enabled: true,
                      internal_url: endpoints.grafana,
                      external_url: settings.addonUrls.grafana,
                      dashboards: DASHBOARD_LINKS,
                      ...(own.grafana && ownGrafana(settings)),
                  },
        // A collector alone has no traces to show.
        tracing:
            endpoints.jaegerHttp === undefined
                ? { enabled: false }
                : {
                      enabled: true,
                      provider: "jaeger",
                      use_grpc: endpoints.jaegerGrpc !== undefined,
                      internal_url: endpoints.jaegerGrpc ?? endpoints.jaegerHttp,
                      external_url:
                          settings.addonUrls.jaeger + (own.jaeger ? JAEGER_BASE_PATH : ""),
                  },
    };
}

/** What is known of the stack's own Grafana alone. */
function ownGrafana({
    grafanaAnonymousViewer,
}: PlatformSettings): Pick<KialiValues["external_services"]["grafana"], "datasource_uid" | "auth"> {
    return {
        datasource_uid: PROMETHEUS_UID,
        // Kiali looks dashboards up by title, which a Grafana without anonymous viewers allows no stranger.
        auth: grafanaAnonymousViewer
            ? undefined
            : {
                  type: "basic",
                  username: `secret:${GRAFANA_ADMIN.secret}:${GRAFANA_ADMIN.userKey}`,
                  password: `secret:${GRAFANA_ADMIN.secret}:${GRAFANA_ADMIN.passwordKey}`,
              },
    };
}

const DASHBOARD_LINKS: readonly DashboardLink[] = [
    {
        name: "Istio Service Dashboard",
        variables: {
            datasource: "var-datasource",
            namespace: "var-namespace",
            service: "var-service",
        },
    },
    {
        name: "Istio Workload Dashboard",
        variables: {
            datasource: "var-datasource",
            namespace: "var-namespace",
            workload: "var-workload",
        },
    },
    { name: "Istio Mesh Dashboard" },
];
