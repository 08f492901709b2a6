import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import type { Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { WORKLOADS } from "../../kinds.ts";
import { isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { podOf } from "../../workload.ts";

/** Istio's templates that bring Envoy. */
const WITH_ENVOY: readonly string[] = ["sidecar", "gateway", "waypoint"];
const ALLOWED = "the template sidecar, alone or among others, is advised";

/** Templates of the stack's own control planes that bring the proxy. What is not known is no such template. */
function ownTemplatesOf(stack: Stack, settings: Settings): readonly string[] {
    const names: string[] = [];
    eachIstiod(stack, settings, ({ injection }) =>
        each(
            () => injection("templates")?.entries() ?? [],
            ([name, template]) => {
                names.push(...(template.text()?.includes("istio-proxy") === true ? [name] : []));
                return [];
            },
        ),
    );
    return names;
}

function withoutEnvoy(names: readonly string[], stack: Stack, settings: Settings): boolean {
    return (
        names.length > 0 &&
        !names.some((name) => WITH_ENVOY.includes(name)) &&
        !names.some((name) => ownTemplatesOf(stack, settings).includes(name))
    );
}

function check(stack: Stack, workload: KubernetesObject, settings: Settings): Finding[] {
    const field = podOf(workload).at("metadata", "annotations", "inject.istio.io/templates");
    const names = (field.text() ?? "")
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
    return withoutEnvoy(names, stack, settings) && isMeshed(stack, workload, settings)
        ? [field.finding(`${names.join(", ")} is not known to bring Envoy`, ALLOWED)]
        : [];
}

/** What is injected is a sidecar. */
export const workloadConfigureInjectionTemplate: StackRule = {
    name: "istio-workload-configure-injection-template",
    severity: "high",
    level: "advisory",
    description:
        "What is injected into a pod of the mesh brings Envoy. Otherwise, as with proxyless gRPC, mutual TLS and policies hold only as far as the application itself asks for them, and on no other port.",
    remediation: [
        "Remove inject.istio.io/templates from the pod: the sidecar is the default.",
        "Where gRPC is to go without a proxy, see that the server asks for xDS credentials, and exempt the workload.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#customizing-injection",
    exemptible: "everywhere",
    selects: [...MEMBERSHIP_KINDS, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(WORKLOADS),
            (workload) => check(stack, workload, settings),
        ),
        ...eachIstiod(stack, settings, ({ injection }) => {
            const field = injection("defaultTemplates");
            const names = field?.texts() ?? [];
            return field !== undefined && withoutEnvoy(names, stack, settings)
                ? [field.finding(`${names.join(", ")} is not known to bring Envoy`, ALLOWED)]
                : [];
        }),
    ],
};
