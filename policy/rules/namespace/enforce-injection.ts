import { controlPlanesOf } from "../../control-plane.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { NAMESPACE } from "../../kinds.ts";
import {
    hasPolicies,
    isLabelled,
    MEMBERSHIP_KINDS,
    MESH_ONLY,
    namespaceNamed,
    runsCapturedOnly,
    runsGatewaysOnly,
} from "../../membership.ts";
import { isNeverInjected } from "../../never-injected.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const ELSEWHERE = "a namespace that is injected is required";

/** The label that asks for injection, or that would. @throws UnknownValue */
function labelOf({ root }: KubernetesObject): Field {
    const labels = root.at("metadata", "labels");
    const [injection, revision] = [labels.at("istio-injection"), labels.at("istio.io/rev")];
    return !injection.exists && revision.exists ? revision : injection;
}

/** Whether the stack's injector takes every namespace that says nothing. @throws UnknownValue */
function injectsByDefault(stack: Stack, settings: Settings): boolean {
    return some(
        controlPlanesOf(stack, settings),
        ({ injection }) => injection("enableNamespacesByDefault")?.flag() === true,
    );
}

function checkNamespace(stack: Stack, namespace: KubernetesObject, settings: Settings): Finding[] {
    if (isNeverInjected(namespace.name)) {
        return isLabelled(namespace) || hasPolicies(stack, namespace.name, settings)
            ? [
                  labelOf(namespace).finding(
                      `${namespace.name} is never injected, whatever its labels say`,
                      ELSEWHERE,
                  ),
              ]
            : [];
    }
    if (
        // One that asks a control plane which is not there is another rule's finding.
        isLabelled(namespace) ||
        !hasPolicies(stack, undefined, settings) ||
        namespace.name === settings.rootNamespace ||
        !hasPolicies(stack, namespace.name, settings)
    ) {
        return [];
    }
    const label = namespace.root.at("metadata", "labels", "istio-injection");
    return runsGatewaysOnly(stack, namespace.name, settings) ||
        runsCapturedOnly(stack, namespace.name) ||
        (!label.exists && injectsByDefault(stack, settings))
        ? []
        : [
              label.finding(
                  label.exists
                      ? `${label.text() ?? ""} leaves injection off`
                      : "nothing turns injection on",
                  "enabled is required, or a revision in istio.io/rev",
              ),
          ];
}

/** A policy for a namespace that is never injected; where the stack has the Namespace, that is told. */
function checkPolicy(stack: Stack, policy: KubernetesObject): Finding[] {
    const { namespace } = policy;
    return isNeverInjected(namespace) && namespaceNamed(stack, namespace) === undefined
        ? [
              policy.root
                  .at("metadata", "namespace")
                  .finding(
                      `${namespace} is never injected, so this ${policy.kind} holds for no pod`,
                      ELSEWHERE,
                  ),
          ]
        : [];
}

/** Policies of a namespace hold for all of its pods, since all of them have a sidecar. */
export const namespaceEnforceInjection: StackRule = {
    name: "istio-namespace-enforce-injection",
    severity: "critical",
    level: "mandatory",
    description:
        "A namespace for which the stack writes AuthorizationPolicies, PeerAuthentications or Sidecars has injection on. Otherwise its pods run without a sidecar: they accept plaintext from everybody, and none of those policies is enforced.",
    remediation: [
        "Label the namespace istio-injection: enabled, or istio.io/rev with the revision of the control plane. An annotation does nothing.",
        "Restart the pods that are already there.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#automatic-sidecar-injection",
    exemptible: "outside production",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(NAMESPACE),
            (namespace) => checkNamespace(stack, namespace, settings),
        ),
        ...each(
            () => stack.of(...MESH_ONLY),
            (policy) => checkPolicy(stack, policy),
        ),
    ],
};
