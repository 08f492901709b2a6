import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A label that selects an addon's pods; the charts put `app.kubernetes.io/name` on all of them. */
type PodName = "prometheus" | "grafana" | "jaeger" | "kiali";

interface AccessRule {
    readonly ports: readonly number[];
    /** Addons of the control-plane namespace that may connect; `anyone` includes the mesh's sidecars. */
    readonly from: readonly PodName[] | "anyone";
}

/** Which pods of an addon may be reached, by whom and on which ports. */
export interface AddonNetworkPolicyArgs {
    readonly namespace: pulumi.Input<string>;
    readonly pods: PodName;
    readonly allow: readonly AccessRule[];
}

/** Lets only the named addons reach an addon. Port-forwards of an administrator are not affected. */
export function addonNetworkPolicy(
    name: string,
    args: AddonNetworkPolicyArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
    return new k8s.networking.v1.NetworkPolicy(
        name,
        {
            metadata: { name: `${args.pods}-access`, namespace: args.namespace },
            spec: {
                podSelector: selector(args.pods),
                policyTypes: ["Ingress"],
                ingress: args.allow.map((rule) => ({
                    ports: rule.ports.map((port) => ({ protocol: "TCP", port })),
                    ...(rule.from === "anyone"
                        ? {}
                        : { from: rule.from.map((pods) => ({ podSelector: selector(pods) })) }),
                })),
            },
        },
        opts,
    );
}

function selector(pods: PodName): { matchLabels: Record<string, string> } {
    return { matchLabels: { "app.kubernetes.io/name": pods } };
}
