import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ADDON_CHARTS } from "#stack/chart-versions.ts";
import type { AddonName } from "#stack/chart-versions.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { meshRelease } from "../platform/release.ts";

/** What every addon is built from. */
export interface AddonArgs {
    /** Of the whole platform, complete: which other addons there are, its size, where charts come from. */
    readonly settings: PlatformSettings;
    /** Name of the existing namespace of the control plane. */
    readonly namespace: pulumi.Input<string>;
    /** What the release waits for. Pulumi does not pass a component's `dependsOn` on to its children. */
    readonly after: readonly pulumi.Resource[];
}

/** The part of the arguments that is recorded as the component's input. */
export function addonInputs(args: AddonArgs): pulumi.Inputs {
    return { namespace: args.namespace, size: args.settings.size };
}

/** Who may connect to an addon on which ports. */
interface AccessRule {
    readonly ports: readonly number[];
    /** Addons of the control-plane namespace that may connect; `anyone` includes the mesh's sidecars. */
    readonly from: readonly AddonName[] | "anyone";
}

/**
 * An addon's release, named as the addon is. On a large platform a NetworkPolicy lets nobody connect but those of `allow`;
 * port-forwards of an administrator are not affected.
 *
 * @param parent the addon's component, called `name`
 * @param allow default: the chart brings a policy of its own
 */
export function installAddon(
    parent: pulumi.ComponentResource,
    name: string,
    addon: AddonName,
    { settings, namespace, after }: AddonArgs,
    values: object,
    allow?: readonly AccessRule[],
): k8s.helm.v3.Release {
    const release = meshRelease(
        `${name}-release`,
        {
            charts: settings.charts,
            chart: ADDON_CHARTS[addon],
            releaseName: addon,
            namespace,
            values,
        },
        { parent, dependsOn: [...after] },
    );
    if (settings.size === "large" && allow !== undefined) {
        new k8s.networking.v1.NetworkPolicy(
            `${name}-network-policy`,
            {
                metadata: { name: `${addon}-access`, namespace },
                spec: {
                    podSelector: selector(addon),
                    policyTypes: ["Ingress"],
                    ingress: allow.map(({ ports, from }) => ({
                        ports: ports.map((port) => ({ protocol: "TCP", port })),
                        ...(from !== "anyone" && {
                            from: from.map((other) => ({ podSelector: selector(other) })),
                        }),
                    })),
                },
            },
            { parent },
        );
    }
    return release;
}

/** The pods of an addon: the charts put this label on all of them. */
function selector(addon: AddonName): { matchLabels: Record<string, string> } {
    return { matchLabels: { "app.kubernetes.io/name": addon } };
}
