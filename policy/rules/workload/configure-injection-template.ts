import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { HELM, WORKLOADS } from "../../kinds.ts";
import { isInMesh, isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import { isProxyContainer } from "../../proxy-container.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { containersOf, podOf } from "../../workload.ts";

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

function checkAnnotations(annotations: Field, stack: Stack, settings: Settings): Finding[] {
    const field = annotations.at("inject.istio.io/templates");
    const names = (field.text() ?? "")
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
    return withoutEnvoy(names, stack, settings)
        ? [field.finding(`${names.join(", ")} is not known to bring Envoy`, ALLOWED)]
        : [];
}

/** What a pod writes over the container that it is given. */
function checkContainer(container: Field): Finding[] {
    const image = container.at("image");
    return container.at("name").text() === "istio-proxy" && !isProxyContainer(container)
        ? [
              image.finding(
                  `${image.text() ?? ""} in place of istio-proxy is not known to be Envoy`,
                  "auto, or Istio's own image, is advised",
              ),
          ]
        : [];
}

function checkWorkload(stack: Stack, workload: KubernetesObject, settings: Settings): Finding[] {
    const pod = podOf(workload);
    const findings = [
        ...judgements(() => checkAnnotations(pod.at("metadata", "annotations"), stack, settings)),
        ...each(() => containersOf(pod), checkContainer),
    ];
    return findings.length > 0 && isMeshed(stack, workload, settings) ? findings : [];
}

/** Charts copy annotations of their values to pods. */
function checkRelease(stack: Stack, release: KubernetesObject, settings: Settings): Finding[] {
    const findings = each(
        () => fieldsNamed(valueAt(release), (key) => /annotations$/i.test(key)),
        (annotations) => checkAnnotations(annotations, stack, settings),
    );
    return findings.length > 0 && isInMesh(stack, release) ? findings : [];
}

/** What is injected is a sidecar. */
export const workloadConfigureInjectionTemplate: StackRule = {
    name: "istio-workload-configure-injection-template",
    severity: "high",
    level: "advisory",
    description:
        "What is injected into a pod of the mesh brings Envoy. Otherwise mutual TLS and policies hold only as far as the application itself asks for them, as with proxyless gRPC, and on no other port.",
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
            (workload) => checkWorkload(stack, workload, settings),
        ),
        ...each(
            () => stack.of(...HELM),
            (release) => checkRelease(stack, release, settings),
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
