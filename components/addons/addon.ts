import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { serviceOf } from "#stack/addon-addresses.ts";
import { addonEndpoints, ownAddons } from "#stack/addon-endpoints.ts";
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
    /** Addons that may connect; `anyone` includes the mesh's sidecars. */
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
                    podSelector: { matchLabels: addonLabels(addon) },
                    policyTypes: ["Ingress"],
                    ingress: allow.flatMap((rule) => ingressRules(rule, settings)),
                },
            },
            { parent },
        );
    }
    return release;
}

type IngressRule = k8s.types.input.networking.v1.NetworkPolicyIngressRule;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** A NetworkPolicy's rule; none where nobody may connect, as one without peers would let everybody in. */
export function ingressRules(
    { ports, from }: AccessRule,
    settings: PlatformSettings,
): IngressRule[] {
    const rule = { ports: ports.map((port) => ({ protocol: "TCP", port })) };
    if (from === "anyone") {
        return [rule];
    }
    const peers = from.flatMap((other) => peerOf(other, settings));
    return peers.length > 0 ? [{ ...rule, from: peers }] : [];
}

/** Who an addon connects as; of somebody else's in the cluster it is known in which namespace that is. */
function peerOf(addon: AddonName, settings: PlatformSettings): Peer[] {
    const { prometheus, grafana } = addonEndpoints(settings);
    const address = { prometheus, grafana, jaeger: undefined, kiali: undefined }[addon];
    if (address === undefined || ownAddons(settings)[addon]) {
        return [{ podSelector: { matchLabels: addonLabels(addon) } }];
    }
    const namespace = serviceOf(address)?.namespace;
    return namespace === undefined
        ? []
        : [
              {
                  namespaceSelector: {
                      matchLabels: { "kubernetes.io/metadata.name": namespace },
                  },
              },
          ];
}

/** Labels that the charts put on everything of an addon. */
export function addonLabels(addon: AddonName): Record<string, string> {
    return { "app.kubernetes.io/name": addon };
}
