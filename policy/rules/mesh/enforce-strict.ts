import type { KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { runsControlPlane } from "../../istio-chart.ts";
import { HELM, PEER_AUTHENTICATION } from "../../kinds.ts";
import { isSelected } from "../../kubernetes-object.ts";
import type { Selector } from "../../kubernetes-object.ts";
import type { StackRule } from "../../rule.ts";

/** Operators that bring a control plane. */
const OPERATED: readonly Selector[] = [
    { group: "install.istio.io", kind: "IstioOperator" },
    { group: "sailoperator.io", kind: "Istio" },
];
const DEPLOYMENT: Selector = { group: "apps", kind: "Deployment" };

/** Whether an object brings a control plane, and with it a mesh whose default is this stack's to set. */
function installsMesh(object: KubernetesObject): boolean {
    if (isSelected(object, HELM)) {
        return runsControlPlane(object);
    }
    return (
        isSelected(object, OPERATED) ||
        object.root.at("metadata", "labels", "app").text() === "istiod"
    );
}

/** A policy of the root namespace that selects no workload holds for the whole mesh. */
function isMeshWideStrict({ root, namespace }: KubernetesObject, rootNamespace: string): boolean {
    return (
        namespace === rootNamespace &&
        root.at("spec", "selector", "matchLabels").entries().length === 0 &&
        root.at("spec", "mtls", "mode").text() === "STRICT"
    );
}

/** Workloads that no other policy reaches are STRICT as well. */
export const meshEnforceStrict: StackRule = {
    name: "istio-mesh-enforce-strict",
    severity: "critical",
    level: "mandatory",
    description:
        "A stack that installs Istio also makes mutual TLS STRICT for the whole mesh. Otherwise Istio's own default holds, PERMISSIVE, and every namespace that nobody thought of accepts plaintext.",
    remediation: [
        "Add a PeerAuthentication named default to Istio's root namespace, without a selector, with spec.mtls.mode STRICT.",
        "If the root namespace is not istio-system, name it in the pack's settings.",
    ],
    url: "https://istio.io/latest/docs/tasks/security/authentication/authn-policy/#globally-enabling-istio-mutual-tls-in-strict-mode",
    exemptible: "outside production",
    selects: [PEER_AUTHENTICATION, DEPLOYMENT, ...OPERATED, ...HELM],
    checkStack: (stack, { settings: { rootNamespace } }) =>
        each(
            () => stack.of(DEPLOYMENT, ...OPERATED, ...HELM),
            (object) =>
                !installsMesh(object) ||
                some(stack.of(PEER_AUTHENTICATION), (policy) =>
                    isMeshWideStrict(policy, rootNamespace),
                )
                    ? []
                    : [
                          object.root.finding(
                              `installs a mesh, and no PeerAuthentication without selector in ${rootNamespace} is STRICT`,
                              "a mesh-wide STRICT is required",
                          ),
                      ],
        ),
};
