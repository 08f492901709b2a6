import { NEVER_INJECTED } from "#model/platform-names.ts";
import { ADDON_PORTS, addonEndpoints } from "#stack/addon-endpoints.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type {
    ResourceRequirements,
    ContainerSecurityContext,
    Switch,
} from "../platform/chart-values.ts";
import { compact, LOCKED_DOWN } from "../platform/chart-values.ts";

/** Secret with the administrator's name and password, made by the program. */
export const GRAFANA_ADMIN = {
    secret: "grafana-admin",
    userKey: "admin-user",
    passwordKey: "admin-password",
} as const;

/** ConfigMap with the dashboards, made by the program: the chart would run its template engine over legends. */
export const DASHBOARDS_CONFIG_MAP = "a4co-dashboards";

/** Fixed, because links, exemplars and Kiali name data sources by uid. */
export const PROMETHEUS_UID = "prometheus";
const JAEGER_UID = "jaeger";

interface DataSource {
    readonly name: "Prometheus" | "Jaeger";
    readonly uid: string;
    readonly type: "prometheus" | "jaeger";
    readonly access: "proxy";
    readonly url: string;
    readonly isDefault?: boolean | undefined;
    readonly editable: boolean;
    readonly jsonData: {
        readonly timeInterval?: string | undefined;
        readonly httpMethod?: "POST" | undefined;
        readonly exemplarTraceIdDestinations?:
            | readonly {
                  readonly name: string;
                  readonly datasourceUid: string;
              }[]
            | undefined;
        readonly nodeGraph?: Switch | undefined;
    };
}

interface DashboardProvider {
    readonly name: string;
    readonly orgId: number;
    readonly folder: string;
    readonly type: "file";
    readonly disableDeletion: boolean;
    readonly editable: boolean;
    readonly allowUiUpdates: boolean;
    readonly options: { readonly path: string };
}

/** The part of the values of chart `grafana` that is set; the chart has no schema. */
export interface GrafanaValues {
    readonly global?: { readonly imageRegistry: string } | undefined;
    readonly fullnameOverride: string;
    readonly testFramework: Switch;
    readonly rbac: { readonly create: boolean };
    readonly service: { readonly port: number; readonly appProtocol: "http" };
    readonly podLabels: Readonly<Record<string, string>>;
    readonly image?: { readonly pullSecrets: readonly string[] } | undefined;
    readonly admin: {
        readonly existingSecret: string;
        readonly userKey: string;
        readonly passwordKey: string;
    };
    readonly "grafana.ini": {
        readonly server: { readonly root_url: string; readonly domain: string };
        readonly security?:
            | {
                  readonly cookie_secure: boolean;
                  readonly cookie_samesite: "strict";
                  readonly strict_transport_security: boolean;
                  readonly disable_gravatar: boolean;
              }
            | undefined;
        readonly analytics: {
            readonly check_for_updates: boolean;
            readonly check_for_plugin_updates: boolean;
            readonly reporting_enabled: boolean;
        };
        readonly users: { readonly allow_sign_up: boolean };
        readonly "auth.anonymous": { readonly enabled: boolean; readonly org_role?: "Viewer" };
        readonly "auth.basic": Switch;
    };
    readonly datasources: {
        readonly "datasources.yaml": {
            readonly apiVersion: 1;
            readonly datasources: readonly DataSource[];
        };
    };
    readonly dashboardProviders: {
        readonly "dashboardproviders.yaml": {
            readonly apiVersion: 1;
            readonly providers: readonly DashboardProvider[];
        };
    };
    readonly dashboardsConfigMaps: Readonly<Record<string, string>>;
    readonly persistence: {
        readonly enabled: boolean;
        readonly type?: "pvc" | undefined;
        readonly size?: string | undefined;
        readonly accessModes?: readonly ["ReadWriteOnce"] | undefined;
    };
    readonly deploymentStrategy?: { readonly type: "Recreate" } | undefined;
    readonly initChownData: Switch;
    readonly networkPolicy: Switch;
    readonly containerSecurityContext: ContainerSecurityContext;
    readonly extraEmptyDirMounts: readonly { readonly name: string; readonly mountPath: string }[];
    readonly resources: ResourceRequirements;
}

/** Values of chart `grafana`: Service `grafana:3000`, data sources and dashboards provisioned, nothing editable. */
export function grafanaValues(settings: PlatformSettings): GrafanaValues {
    const large = settings.size === "large";
    const url = settings.addonUrls.grafana;
    return compact<GrafanaValues>({
        global:
            settings.images.addonRegistry === undefined
                ? undefined
                : { imageRegistry: settings.images.addonRegistry },
        fullnameOverride: "grafana",
        testFramework: { enabled: false },
        // Dashboards are mounted, not looked for: Grafana may read nothing of the cluster.
        rbac: { create: false },
        service: { port: ADDON_PORTS.grafana, appProtocol: "http" },
        podLabels: NEVER_INJECTED,
        image:
            settings.images.pullSecrets === undefined
                ? undefined
                : { pullSecrets: settings.images.pullSecrets },
        admin: {
            existingSecret: GRAFANA_ADMIN.secret,
            userKey: GRAFANA_ADMIN.userKey,
            passwordKey: GRAFANA_ADMIN.passwordKey,
        },
        "grafana.ini": {
            server: { root_url: `${url}/`, domain: new URL(url).hostname },
            security: url.startsWith("https:")
                ? {
                      cookie_secure: true,
                      cookie_samesite: "strict",
                      strict_transport_security: true,
                      disable_gravatar: true,
                  }
                : undefined,
            // Calls to the outside only fail where egress is closed.
            analytics: {
                check_for_updates: false,
                check_for_plugin_updates: false,
                reporting_enabled: false,
            },
            users: { allow_sign_up: false },
            "auth.anonymous": settings.grafanaAnonymousViewer
                ? { enabled: true, org_role: "Viewer" }
                : { enabled: false },
            "auth.basic": { enabled: true },
        },
        datasources: { "datasources.yaml": { apiVersion: 1, datasources: dataSources(settings) } },
        dashboardProviders: {
            "dashboardproviders.yaml": {
                apiVersion: 1,
                providers: [
                    {
                        name: "a4co",
                        orgId: 1,
                        folder: "A4CO",
                        type: "file",
                        disableDeletion: true,
                        editable: false,
                        allowUiUpdates: false,
                        options: { path: "/var/lib/grafana/dashboards/a4co" },
                    },
                ],
            },
        },
        dashboardsConfigMaps: { a4co: DASHBOARDS_CONFIG_MAP },
        persistence: large
            ? { enabled: true, type: "pvc", size: "10Gi", accessModes: ["ReadWriteOnce"] }
            : { enabled: false },
        // A rolling update would wait for ever for the volume that the old pod holds.
        deploymentStrategy: large ? { type: "Recreate" } : undefined,
        // It runs as root, and the pod's fsGroup already does its work.
        initChownData: { enabled: false },
        // The chart's policy lets everybody in; the platform makes a narrower one itself.
        networkPolicy: { enabled: false },
        containerSecurityContext: { ...LOCKED_DOWN, privileged: false },
        extraEmptyDirMounts: [{ name: "tmp", mountPath: "/tmp" }],
        resources: large
            ? { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } }
            : { requests: { cpu: "20m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    });
}

function dataSources(settings: PlatformSettings): readonly DataSource[] {
    const { prometheus, jaegerHttp } = addonEndpoints(settings);
    const sources: DataSource[] = [];
    if (prometheus !== undefined) {
        sources.push({
            name: "Prometheus",
            uid: PROMETHEUS_UID,
            type: "prometheus",
            access: "proxy",
            url: prometheus,
            isDefault: true,
            editable: false,
            jsonData: {
                timeInterval: "15s",
                httpMethod: "POST",
                exemplarTraceIdDestinations:
                    jaegerHttp === undefined
                        ? undefined
                        : [{ name: "trace_id", datasourceUid: JAEGER_UID }],
            },
        });
    }
    if (jaegerHttp !== undefined) {
        sources.push({
            name: "Jaeger",
            uid: JAEGER_UID,
            type: "jaeger",
            access: "proxy",
            url: jaegerHttp,
            editable: false,
            jsonData: { nodeGraph: { enabled: true } },
        });
    }
    return sources;
}
