import { ABSENT } from "./intention.ts";
import type { Intention } from "./intention.ts";

const BUDGET = { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" };
const RUNTIME_DEFAULT = { type: "RuntimeDefault" };

/** What differs for Istio's control plane and its gateway. */
export const ISTIO: readonly Intention[] = [
    {
        intention: "prod runs several istiods and gateways, and more under load",
        changes: {
            "platform-istiod": {
                "values.replicaCount": [1, ABSENT],
                "values.autoscaleEnabled": [false, true],
                "values.autoscaleMin": [ABSENT, 2],
                "values.autoscaleMax": [ABSENT, 5],
                "values.cpu": [ABSENT, { targetAverageUtilization: 80 }],
            },
            "platform-gateway": {
                "values.replicaCount": [1, ABSENT],
                "values.autoscaling.enabled": [false, true],
                "values.autoscaling.minReplicas": [ABSENT, 2],
                "values.autoscaling.maxReplicas": [ABSENT, 5],
                "values.autoscaling.targetCPUUtilizationPercentage": [ABSENT, 80],
            },
        },
    },
    {
        intention: "prod spreads istiod over zones and gateways over nodes, and keeps one of each",
        changes: {
            "platform-istiod": {
                "values.pdb": [ABSENT, BUDGET],
                "values.global.defaultPodDisruptionBudget.enabled": [false, true],
                "values.global.priorityClassName": [ABSENT, "system-cluster-critical"],
                "values.topologySpreadConstraints": [
                    ABSENT,
                    [
                        {
                            labelSelector: { matchLabels: { app: "istiod" } },
                            maxSkew: 1,
                            topologyKey: "topology.kubernetes.io/zone",
                            whenUnsatisfiable: "ScheduleAnyway",
                        },
                    ],
                ],
            },
            "platform-gateway": {
                "values.podDisruptionBudget": [ABSENT, BUDGET],
                "values.topologySpreadConstraints": [
                    ABSENT,
                    [
                        {
                            labelSelector: { matchLabels: { istio: "ingressgateway" } },
                            maxSkew: 1,
                            topologyKey: "kubernetes.io/hostname",
                            whenUnsatisfiable: "ScheduleAnyway",
                        },
                    ],
                ],
            },
        },
    },
    {
        intention:
            "prod's control plane is closed to the network and runs distroless, confined images",
        changes: {
            "platform-istiod": {
                "values.global.networkPolicy.enabled": [false, true],
                "values.global.variant": [ABSENT, "distroless"],
                "values.global.proxy.seccompProfile": [ABSENT, RUNTIME_DEFAULT],
                "values.seccompProfile": [ABSENT, RUNTIME_DEFAULT],
            },
            "platform-gateway": { "values.global.networkPolicy.enabled": [false, true] },
        },
    },
    {
        intention: "prod's gateway sees the clients' addresses and finishes their requests",
        changes: {
            "platform-gateway": {
                "values.service.externalTrafficPolicy": [ABSENT, "Local"],
                "values.terminationGracePeriodSeconds": [ABSENT, 45],
            },
        },
    },
    {
        intention: "prod gives istiod and the gateway the room of a real load",
        changes: {
            "platform-istiod": {
                "values.resources.requests.cpu": ["50m", "500m"],
                "values.resources.requests.memory": ["256Mi", "2Gi"],
                "values.resources.limits": [ABSENT, { memory: "4Gi" }],
            },
            "platform-gateway": {
                "values.resources.requests.cpu": ["10m", "100m"],
                "values.resources.requests.memory": ["40Mi", "128Mi"],
                "values.resources.limits.cpu": ["500m", "2"],
                "values.resources.limits.memory": ["256Mi", "1Gi"],
            },
        },
    },
];
