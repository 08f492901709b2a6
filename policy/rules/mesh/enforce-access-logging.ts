import type { Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { chartValue, runsControlPlane } from "../../istio-chart.ts";
import { HELM, TELEMETRY } from "../../kinds.ts";
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

function check(istiod: KubernetesObject, stack: Stack, rootNamespace: string): Finding[] {
    const file = (): boolean =>
        (chartValue(istiod, "meshConfig", "accessLogFile").text() ?? "") !== "";
    const defaults = (): boolean =>
        chartValue(istiod, "meshConfig", "defaultProviders", "accessLogging").items().length > 0;
    const telemetry = (): boolean =>
        some(stack.of(TELEMETRY), (object) => isMeshWideLog(object, rootNamespace));
    const demo = (): boolean => valueAt(istiod, "profile").text() === "demo";
    return some([telemetry, file, defaults, demo], (isOn) => isOn())
        ? []
        : [
              istiod.root.finding(
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
    selects: [TELEMETRY, ...HELM],
    checkStack: (stack, { settings: { production, rootNamespace } }) =>
        each(
            () => (production ? stack.of(...HELM) : []),
            (release) => (runsControlPlane(release) ? check(release, stack, rootNamespace) : []),
        ),
};
