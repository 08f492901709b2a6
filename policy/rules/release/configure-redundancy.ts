import { istiodValue, runsControlPlane } from "../../istio-chart.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const LEAST = 2;

/** The control plane outlives a node. */
export const releaseConfigureRedundancy: ObjectRule = {
    name: "istio-release-configure-redundancy",
    severity: "high",
    level: "mandatory",
    description:
        "The control plane has two replicas at least in production. Otherwise a drained node takes it along: no pod gets a sidecar, no proxy a new certificate or route, until it is back.",
    remediation: [
        "Set autoscaleMin of istiod's values to 2 or more; its default is 1.",
        "Or set autoscaleEnabled to false and replicaCount to 2 or more; autoscaling ignores replicaCount.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/deployment/",
    exemptible: "everywhere",
    selects: HELM,
    checkObject: (release, { settings: { production } }) => {
        if (!production || !runsControlPlane(release)) {
            return [];
        }
        // Both are the chart's defaults.
        const autoscaled = istiodValue(release, "autoscaleEnabled").flag() ?? true;
        const field = istiodValue(release, autoscaled ? "autoscaleMin" : "replicaCount");
        const replicas = field.number() ?? 1;
        return replicas >= LEAST
            ? []
            : [
                  field.finding(
                      `${replicas} ${replicas === 1 ? "replica" : "replicas"} of the control plane`,
                      `${LEAST} or more are required in production`,
                  ),
              ];
    },
};
