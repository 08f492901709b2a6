import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { Finding, KubernetesObject } from "../../field.ts";
import { some } from "../../finding.ts";
import { assertAllSeen } from "../../helm.ts";
import { TELEMETRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";

/** A Telemetry of the root namespace that selects no workload holds for the whole mesh. */
function isMeshWideLog({ root, namespace }: KubernetesObject, rootNamespace: string): boolean {
    const spec = root.at("spec");
    return (
        namespace === rootNamespace &&
        spec.at("selector", "matchLabels").entries().length === 0 &&
        spec.at("targetRefs").items().length === 0 &&
        some(
            spec.at("accessLogging").items(),
            (entry) =>
                entry.at("disabled").flag() !== true && entry.at("providers").items().length > 0,
        )
    );
}

function check(plane: ControlPlane, stack: Stack, rootNamespace: string): Finding[] {
    const file = (): boolean => (plane.meshConfig("accessLogFile")?.text() ?? "") !== "";
    const defaults = (): boolean =>
        (plane.meshConfig("defaultProviders", "accessLogging")?.items() ?? []).length > 0;
    const telemetry = (): boolean =>
        some(stack.of(TELEMETRY), (object) => isMeshWideLog(object, rootNamespace));
    const demo = (): boolean => plane.profile() === "demo";
    if (
        plane.meshConfig() === undefined ||
        some([telemetry, file, defaults, demo], (isOn) => isOn())
    ) {
        return [];
    }
    assertAllSeen(stack);
    return [
        plane.object.root.finding(
            `installs a mesh, and neither it nor a Telemetry without selector in ${rootNamespace} turns access logs on`,
            "they are required in production",
        ),
    ];
}

/** Istio's own default is to log nothing. */
export const meshEnforceAccessLogging: StackRule = {
    name: "istio-mesh-enforce-access-logging",
    severity: "high",
    level: "mandatory",
    description:
        "A stack that installs Istio also turns access logs on for the whole mesh in production. Otherwise Istio's own default holds, which is none: nothing tells afterwards who called whom, and which breaker or policy refused.",
    remediation: [
        "Add a Telemetry to Istio's root namespace, without a selector, whose spec.accessLogging names the provider envoy.",
        "Or set meshConfig.defaultProviders.accessLogging of istiod's chart.",
    ],
    url: "https://istio.io/latest/docs/tasks/observability/logs/access-log/",
    exemptible: "everywhere",
    selects: [TELEMETRY, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) =>
        settings.production
            ? eachControlPlane(stack, settings, (plane) =>
                  check(plane, stack, settings.rootNamespace),
              )
            : [],
};
