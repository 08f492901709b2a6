import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { HELM, NAMESPACE, WORKLOADS } from "../../kinds.ts";
import { INJECT, isInjected, namespaceNamed, optOutOf } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { podOf } from "../../workload.ts";

const ALLOWED = "every pod of the mesh needs its sidecar";

function declined(field: Field): Finding {
    return field.finding("false leaves the pod without a sidecar", ALLOWED);
}

/** Namespaces where nobody expects a sidecar. */
function isOutside(stack: Stack, { namespace }: KubernetesObject, settings: Settings): boolean {
    const declared = namespaceNamed(stack, namespace);
    return (
        namespace === settings.rootNamespace ||
        // Istio's injector never looks at these.
        namespace.startsWith("kube-") ||
        settings.unmeshedNamespaces.includes(namespace) ||
        (declared !== undefined && !isInjected(declared))
    );
}

function checkWorkload(stack: Stack, workload: KubernetesObject): Finding[] {
    const pod = podOf(workload);
    return judgements(
        () => {
            const field = optOutOf(pod);
            return field === undefined ? [] : [declined(field)];
        },
        () => {
            const field = pod.at("spec", "hostNetwork");
            // Elsewhere nobody has said that the pod was to be in the mesh.
            return field.flag() === true && namespaceNamed(stack, workload.namespace) !== undefined
                ? [field.finding("pods on the node's network get no sidecar", ALLOWED)]
                : [];
        },
    );
}

/** Charts copy labels and annotations of their values to pods, under names such as podLabels and pod_annotations. */
function checkRelease(release: KubernetesObject): Finding[] {
    return each(
        () => fieldsNamed(valueAt(release), (key) => /(labels|annotations)$/i.test(key)),
        (field) => {
            const said = field.at(INJECT);
            return said.text() === "false" ? [declined(said)] : [];
        },
    );
}

/** No pod goes without the sidecar that its namespace gives it. */
export const workloadDisallowOptOut: StackRule = {
    name: "istio-workload-disallow-opt-out",
    severity: "critical",
    level: "mandatory",
    description:
        "No pod of the mesh declines its sidecar, by label, by annotation or by the node's network. Otherwise it accepts plaintext from everybody, no AuthorizationPolicy protects it, and STRICT servers refuse its calls.",
    remediation: [
        "Remove sidecar.istio.io/inject from the pod's labels and annotations: the namespace gives it a sidecar.",
        "Remove hostNetwork from the pod.",
        "Run what cannot live with a sidecar in a namespace without injection; if another stack owns that namespace, list it in the pack's setting unmeshedNamespaces.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy",
    exemptible: "outside production",
    selects: [NAMESPACE, WORKLOADS, ...HELM],
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(WORKLOADS),
            (workload) => {
                const findings = checkWorkload(stack, workload);
                return findings.length > 0 && isOutside(stack, workload, settings) ? [] : findings;
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
    ],
};
