import { DATAPLANE_MODE, isAmbient } from "../../ambient.ts";
import { fieldsNamed } from "../../field-walk.ts";
import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { isProxy } from "../../gateways.ts";
import { HELM, NAMESPACE, WORKLOADS } from "../../kinds.ts";
import {
    declines,
    getsSidecars,
    INJECT,
    isInjected,
    namespaceNamed,
    optOutOf,
    optsIn,
} from "../../membership.ts";
import { isNeverInjected } from "../../never-injected.ts";
import { isProxyContainer } from "../../proxy-container.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { containersOf, podOf } from "../../workload.ts";

const ALLOWED = "every pod of the mesh needs its sidecar";

const ALLOWED_AMBIENT = "every pod of the mesh needs ztunnel or a sidecar";

function declined(field: Field): Finding {
    return field.finding(`${field.text() ?? ""} leaves the pod without a sidecar`, ALLOWED);
}

/** Namespaces where nobody expects a sidecar. */
function isOutside(stack: Stack, { namespace }: KubernetesObject, settings: Settings): boolean {
    const declared = namespaceNamed(stack, namespace);
    return (
        namespace === settings.rootNamespace ||
        isNeverInjected(namespace) ||
        settings.unmeshedNamespaces.includes(namespace) ||
        (declared !== undefined && !isInjected(declared, stack))
    );
}

/** A pod that says that it has been injected, and has no proxy. */
function checkStatus(pod: Field): Finding[] {
    const status = pod.at("metadata", "annotations", "sidecar.istio.io/status");
    return status.exists && !containersOf(pod).some(isProxyContainer)
        ? [status.finding("the pod claims to be injected already, and has no istio-proxy", ALLOWED)]
        : [];
}

function checkWorkload(stack: Stack, workload: KubernetesObject): Finding[] {
    const pod = podOf(workload);
    const namespace = namespaceNamed(stack, workload.namespace);
    const ambient = namespace !== undefined && isAmbient(namespace);
    return judgements(
        () => {
            const field = optOutOf(pod);
            // Where ztunnel does the work, a pod without a sidecar is in the mesh all the same.
            return field === undefined || (ambient && !getsSidecars(namespace, stack))
                ? []
                : [declined(field)];
        },
        () => {
            const field = pod.at("metadata", "labels", DATAPLANE_MODE);
            return ambient && field.text() === "none"
                ? [field.finding("none leaves the pod without ztunnel", ALLOWED_AMBIENT)]
                : [];
        },
        () => {
            const field = pod.at("spec", "hostNetwork");
            // Elsewhere nobody has said that the pod was to be in the mesh.
            return field.flag() === true && namespace !== undefined
                ? [field.finding("pods on the node's network get no sidecar", ALLOWED)]
                : [];
        },
        () => checkStatus(pod),
    );
}

/** A pod that asks for a sidecar where the injector never looks. */
function checkInVain(workload: KubernetesObject): Finding[] {
    const pod = podOf(workload);
    return isNeverInjected(workload.namespace) && optsIn(pod)
        ? [
              pod
                  .at("metadata", "labels")
                  .finding(`${workload.namespace} is never injected, whoever asks for it`, ALLOWED),
          ]
        : [];
}

/** Charts copy labels and annotations of their values to pods, under names such as podLabels and pod_annotations. */
function checkRelease(release: KubernetesObject): Finding[] {
    return [
        ...each(
            () => fieldsNamed(valueAt(release), (key) => /(labels|annotations)$/i.test(key)),
            (field) => {
                const said = field.at(INJECT);
                return declines(said) ? [declined(said)] : [];
            },
        ),
        ...each(
            () => fieldsNamed(valueAt(release), (key) => key === "hostNetwork"),
            (field) =>
                field.flag() === true
                    ? [field.finding("pods on the node's network get no sidecar", ALLOWED)]
                    : [],
        ),
    ];
}

/** Whether a label selector selects anything. @throws UnknownValue */
function selects(selector: Field): boolean {
    return (
        selector.at("matchLabels").entries().length > 0 ||
        selector.at("matchExpressions").items().length > 0
    );
}

/** What the injector itself declines. */
function checkInjector(istiod: ControlPlane): Finding[] {
    return judgements(
        () => {
            const policy = istiod.injection("policy");
            const text = policy?.text() ?? "";
            return policy === undefined || text === "" || text === "enabled"
                ? []
                : [
                      policy.finding(
                          `${text} leaves every pod without a sidecar that does not ask for it`,
                          ALLOWED,
                      ),
                  ];
        },
        () =>
            each(
                () => istiod.injection("neverInjectSelector")?.items() ?? [],
                (selector) =>
                    selects(selector)
                        ? [
                              selector.finding(
                                  "pods that it selects get no sidecar anywhere",
                                  ALLOWED,
                              ),
                          ]
                        : [],
            ),
    );
}

/** No pod goes without the sidecar that its namespace gives it. */
export const workloadDisallowOptOut: StackRule = {
    name: "istio-workload-disallow-opt-out",
    severity: "critical",
    level: "mandatory",
    description:
        "No pod of the mesh declines its sidecar or ztunnel, by label, by annotation or by the node's network, nor does the injector for it. Otherwise it accepts plaintext from everybody, no AuthorizationPolicy protects it, and STRICT servers refuse its calls.",
    remediation: [
        "Remove sidecar.istio.io/inject from the pod's labels and annotations: the namespace gives it a sidecar.",
        "Remove hostNetwork from the pod, and istio.io/dataplane-mode: none.",
        "Leave the injector's own policy enabled, and its neverInjectSelector empty.",
        "Run what cannot live with a sidecar in a namespace without injection; if another stack owns that namespace, list it in the pack's setting unmeshedNamespaces.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy",
    exemptible: "outside production",
    selects: [NAMESPACE, WORKLOADS, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(WORKLOADS),
            (workload) => {
                const findings = checkWorkload(stack, workload);
                return findings.length > 0 &&
                    !isOutside(stack, workload, settings) &&
                    (workload.partial || !isProxy(podOf(workload)))
                    ? findings
                    : checkInVain(workload);
            },
        ),
        ...each(
            () => stack.of(...HELM),
            (release) => {
                const findings = checkRelease(release);
                // What is in the namespace of another stack is not known to be in the mesh.
                return findings.length > 0 &&
                    (isOutside(stack, release, settings) ||
                        namespaceNamed(stack, release.namespace) === undefined)
                    ? []
                    : findings;
            },
        ),
        ...eachIstiod(stack, settings, checkInjector),
    ],
};
