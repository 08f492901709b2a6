import { ruleHost } from "../../destination-rules.ts";
import type { Field, Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { DESTINATION_RULE } from "../../kinds.ts";
import { isUnmeshedClusterHost } from "../../mesh-host.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { trafficPolicies } from "../../traffic-policy.ts";

function checkTls(policy: Field, stack: Stack, settings: Settings): readonly Finding[] {
    const mode = policy.at("tls", "mode");
    if (mode.text() !== "ISTIO_MUTUAL") {
        return [];
    }
    const host = ruleHost(mode.object, settings);
    return isUnmeshedClusterHost(host, stack, settings)
        ? [
              mode.finding(
                  `ISTIO_MUTUAL asks ${host}, which runs outside the mesh, for an identity of the mesh`,
                  "no tls at all, or TLS that its server speaks, is allowed",
              ),
          ]
        : [];
}

/** A server without a sidecar is not asked for the mesh's TLS. */
export const destinationRuleDisallowMeshTlsOutside: StackRule = {
    name: "istio-destination-rule-disallow-mesh-tls-outside",
    severity: "high",
    level: "mandatory",
    description:
        "No DestinationRule demands the mesh's mutual TLS of a host of the cluster that runs outside the mesh. Otherwise every call to it fails: nothing there answers the handshake.",
    remediation: [
        "Remove tls: Istio then uses mutual TLS where the server has a sidecar, and only there.",
        "Or bring the server into the mesh: label its namespace istio-injection: enabled.",
    ],
    url: "https://istio.io/latest/docs/ops/common-problems/network-issues/#503-errors-after-setting-destination-rule",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(DESTINATION_RULE),
            (rule) =>
                each(
                    () => trafficPolicies(rule),
                    (policy) => checkTls(policy, stack, settings),
                ),
        ),
};
