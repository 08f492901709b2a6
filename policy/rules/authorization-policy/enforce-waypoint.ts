import { USE_WAYPOINT, waypointOf } from "../../ambient.ts";
import { targetsOf } from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { isWaypoint } from "../../gateways.ts";
import {
    AUTHORIZATION_POLICY,
    KUBERNETES_GATEWAY,
    REQUEST_AUTHENTICATION,
    SERVICE,
    SERVICE_ENTRY,
} from "../../kinds.ts";
import { namespaceNamed } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf } from "../../search.ts";
import type { Stack } from "../../stack.ts";

const TARGETS = { Service: SERVICE, ServiceEntry: SERVICE_ENTRY } as const;

/** Whether the calls of a Service of the stack's own namespace pass a waypoint. */
function passesWaypoint(
    stack: Stack,
    namespace: KubernetesObject,
    kind: keyof typeof TARGETS,
    name: string,
): boolean {
    const target = firstOf(
        stack.in(namespace.name, TARGETS[kind]),
        (object) => object.name === name && object.namespace === namespace.name,
    );
    const said = (target && waypointOf(target)) ?? waypointOf(namespace);
    return said === undefined
        ? some(
              stack.in(namespace.name, KUBERNETES_GATEWAY),
              (gateway) => gateway.namespace === namespace.name && isWaypoint(stack, gateway),
          )
        : said !== "none";
}

function checkTarget(stack: Stack, policy: KubernetesObject, target: Field): Finding[] {
    const kind = target.at("kind").text();
    if (kind !== "Service" && kind !== "ServiceEntry") {
        return [];
    }
    const namespace = namespaceNamed(stack, policy.namespace);
    const name = target.at("name").text() ?? "";
    return namespace === undefined || passesWaypoint(stack, namespace, kind, name)
        ? []
        : [
              target.finding(
                  `no waypoint of ${policy.namespace} stands before ${kind} ${name}, so nobody enforces this`,
                  `a Gateway of class istio-waypoint is needed, and the label ${USE_WAYPOINT}`,
              ),
          ];
}

/** A policy that is attached to a Service has a waypoint that enforces it. */
export const authorizationPolicyEnforceWaypoint: StackRule = {
    name: "istio-authorization-policy-enforce-waypoint",
    severity: "high",
    level: "mandatory",
    description:
        "A policy that is attached to a Service or ServiceEntry has a waypoint before it. Otherwise it is enforced by nobody: sidecars and ztunnel read only policies by labels.",
    remediation: [
        "Add a Gateway of gatewayClassName istio-waypoint to the namespace, and label the Namespace or the Service istio.io/use-waypoint with its name.",
        "In a namespace with sidecars select the pods by spec.selector.",
    ],
    url: "https://istio.io/latest/docs/ambient/usage/l7-features/#enforcing-layer-7-policies",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION],
    checkStack: (stack) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION),
            (policy) =>
                each(
                    () => targetsOf(policy),
                    (target) => checkTarget(stack, policy, target),
                ),
        ),
};
