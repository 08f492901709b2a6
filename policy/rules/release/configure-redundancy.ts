import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { Finding } from "../../field.ts";
import { HORIZONTAL_POD_AUTOSCALER } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

const LEAST = 2;

function check(plane: ControlPlane): Finding[] {
    const field = plane.replicas();
    const replicas = field?.number() ?? 1;
    return field === undefined || replicas >= LEAST
        ? []
        : [
              field.finding(
                  `${replicas} ${replicas === 1 ? "replica" : "replicas"} of the control plane`,
                  `${LEAST} or more are required in production`,
              ),
          ];
}

/** The control plane outlives a node. */
export const releaseConfigureRedundancy: StackRule = {
    name: "istio-release-configure-redundancy",
    severity: "high",
    level: "mandatory",
    description:
        "The control plane has two replicas at least in production. Otherwise a drained node takes it along: no pod gets a sidecar, no proxy a new certificate or route, until it is back.",
    remediation: [
        "Set autoscaleMin of istiod's values to 2 or more; its default is 1.",
        "Where the control plane is rendered, set minReplicas of its HorizontalPodAutoscaler.",
        "Or set autoscaleEnabled to false and replicaCount to 2 or more; autoscaling ignores replicaCount.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/deployment/",
    exemptible: "everywhere",
    selects: [...CONTROL_PLANE_KINDS, HORIZONTAL_POD_AUTOSCALER],
    checkStack: (stack, { settings }) =>
        settings.production ? eachControlPlane(stack, settings, check) : [],
};
