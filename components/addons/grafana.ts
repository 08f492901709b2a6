import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { dashboardFiles } from "../dashboards/index.ts";
import { addonInputs, installAddon } from "./addon.ts";
import type { AddonArgs } from "./addon.ts";
import { DASHBOARDS_CONFIG_MAP, GRAFANA_ADMIN, grafanaValues } from "./grafana-values.ts";

/** Dashboards: Grafana as Service `grafana:3000`, with a password nobody chose and dashboards nobody clicks away. */
export class Grafana extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;
    /** Secret with the administrator's name and password; Kiali reads it as well. */
    readonly adminSecret: k8s.core.v1.Secret;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Grafana", name, addonInputs(args), opts);
        const { settings, namespace } = args;
        const password = new random.RandomPassword(
            `${name}-admin-password`,
            { length: 32, special: false },
            { parent: this },
        );
        this.adminSecret = new k8s.core.v1.Secret(
            `${name}-admin-secret`,
            {
                metadata: { name: GRAFANA_ADMIN.secret, namespace },
                stringData: {
                    [GRAFANA_ADMIN.userKey]: "admin",
                    [GRAFANA_ADMIN.passwordKey]: password.result,
                },
            },
            { parent: this },
        );
        const dashboards = new k8s.core.v1.ConfigMap(
            `${name}-dashboards`,
            {
                metadata: { name: DASHBOARDS_CONFIG_MAP, namespace },
                data: dashboardFiles(settings.namespace),
            },
            { parent: this },
        );
        // The pod mounts both and hangs in ContainerCreating without them.
        const after = [...args.after, this.adminSecret, dashboards];
        this.release = installAddon(
            this,
            name,
            "grafana",
            { ...args, after },
            grafanaValues(settings),
            [{ ports: [ADDON_PORTS.grafana], from: "anyone" }],
        );
        this.registerOutputs({ releaseName: this.release.name });
    }
}
