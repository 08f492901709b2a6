import {
    actionOf,
    dryRunOf,
    IDENTITY_FIELDS,
    namedIn,
    operationsOf,
    sourcesOf,
    targetsOf,
} from "../../authorization.ts";
import { carries } from "../../bearers.ts";
import { isAmbientWorkload } from "../../enforcement.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { AUTHORIZATION_POLICY, NAMESPACE, SERVICE, WORKLOADS } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { fits } from "../../string-match.ts";
import { behindWaypoints, principalOf } from "../../waypoints.ts";
import type { Waypoint } from "../../waypoints.ts";

const ALLOWED =
    "what is about callers belongs to targetRefs, and below only the waypoint's identity";

/** The callers that a rule names. @throws UnknownValue */
function callersIn(rule: Field): readonly Field[] {
    return IDENTITY_FIELDS.flatMap((field) => namedIn(rule, field)).flatMap((list) => list.items());
}

/** Whether a caller that a rule names is a waypoint. @throws UnknownValue */
function isWaypoint(caller: Field, waypoint: Waypoint, settings: Settings): boolean {
    const text = caller.text() ?? "";
    const { namespace, name } = waypoint;
    return [principalOf(waypoint, settings), namespace, `${namespace}/${name}`].some((own) =>
        fits(text, own),
    );
}

/** Whether a rule lets a waypoint in. @throws UnknownValue */
function letsIn(rule: Field, waypoint: Waypoint, settings: Settings): boolean {
    return (
        (sourcesOf(rule).length === 0 && callersIn(rule).length === 0) ||
        callersIn(rule).some((caller) => isWaypoint(caller, waypoint, settings))
    );
}

/** The policies by labels that hold for a workload. @throws UnknownValue */
function policiesFor(
    stack: Stack,
    workload: KubernetesObject,
    { rootNamespace }: Settings,
): readonly KubernetesObject[] {
    return [...new Set([workload.namespace, rootNamespace])]
        .flatMap((namespace) => stack.in(namespace, AUTHORIZATION_POLICY))
        .filter(
            (policy) =>
                [workload.namespace, rootNamespace].includes(policy.namespace) &&
                targetsOf(policy).length === 0 &&
                dryRunOf(policy) === undefined &&
                carries(workload, policy.root.at("spec", "selector", "matchLabels")),
        );
}

function rulesOf({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "rules").items();
}

/** Whether a policy at the waypoint denies the same callers. @throws UnknownValue */
function isDeniedThere(stack: Stack, rule: Field): boolean {
    const texts = callersIn(rule).map((caller) => caller.text());
    return stack
        .in(rule.object.namespace, AUTHORIZATION_POLICY)
        .filter((policy) => targetsOf(policy).length > 0 && actionOf(policy) === "DENY")
        .flatMap(rulesOf)
        .some((other) => {
            const own = callersIn(other).map((caller) => caller.text());
            return texts.every((text) => own.includes(text));
        });
}

/** Whether the waypoint has a policy for the Service, which others may walk around. @throws UnknownValue */
function isGuarded(stack: Stack, { service, name }: Waypoint): boolean {
    return stack
        .in(service.namespace, AUTHORIZATION_POLICY)
        .flatMap(targetsOf)
        .some((target) => [service.name, name].includes(target.at("name").text() ?? ""));
}

/** Whether a rule is about the ports at which the Service's calls arrive; none named stands for all. @throws UnknownValue */
function concerns(rule: Field, { service }: Waypoint): boolean {
    const ports = operationsOf(rule).flatMap((operation) => operation.at("ports").texts());
    const called = service.root
        .at("spec", "ports")
        .items()
        .map((port) => port.at("targetPort").text() ?? port.at("port").text() ?? "");
    return ports.length === 0 || called.some((port) => ports.includes(port) || !/^\d+$/.test(port));
}

function checkAllow(
    stack: Stack,
    rule: Field,
    waypoint: Waypoint,
    isLetIn: boolean,
    settings: Settings,
): Finding[] {
    const others = callersIn(rule).filter((caller) => !isWaypoint(caller, waypoint, settings));
    if (others.length === 0 || !concerns(rule, waypoint)) {
        return [];
    }
    const { namespace, name, service } = waypoint;
    if (!isLetIn) {
        return [
            rule.finding(
                `calls of ${service.label} arrive as ${principalOf(waypoint, settings)}, which no policy by labels lets in`,
                ALLOWED,
            ),
        ];
    }
    return isGuarded(stack, waypoint)
        ? others.map((caller) =>
              caller.finding(
                  `${caller.text() ?? ""} may call the pods past waypoint ${namespace}/${name}, and its policies are walked around`,
                  ALLOWED,
              ),
          )
        : [];
}

function checkDeny(stack: Stack, rule: Field, waypoint: Waypoint, settings: Settings): Finding[] {
    const callers = callersIn(rule);
    return callers.length === 0 ||
        callers.some((caller) => isWaypoint(caller, waypoint, settings)) ||
        isDeniedThere(stack, rule)
        ? []
        : [
              rule.finding(
                  `calls of ${waypoint.service.label} arrive as ${principalOf(waypoint, settings)}, so nobody who comes through the waypoint is denied`,
                  ALLOWED,
              ),
          ];
}

function checkWorkload(
    stack: Stack,
    workload: KubernetesObject,
    waypoint: Waypoint,
    settings: Settings,
): Finding[] {
    if (!isAmbientWorkload(stack, workload)) {
        return [];
    }
    const policies = policiesFor(stack, workload, settings);
    const allowing = policies.filter((policy) => actionOf(policy) === "ALLOW").flatMap(rulesOf);
    const denying = policies.filter((policy) => actionOf(policy) === "DENY").flatMap(rulesOf);
    const isLetIn = allowing.some((rule) => letsIn(rule, waypoint, settings));
    return [
        ...each(
            () => allowing,
            (rule) => checkAllow(stack, rule, waypoint, isLetIn, settings),
        ),
        ...each(
            () => denying,
            (rule) => checkDeny(stack, rule, waypoint, settings),
        ),
    ];
}

/** Below a waypoint there is one caller. */
export const authorizationPolicyEnforceWaypointSource: StackRule = {
    name: "istio-authorization-policy-enforce-waypoint-source",
    severity: "high",
    level: "mandatory",
    description:
        "A policy by labels for ambient pods behind a waypoint lets the waypoint in, and no others past it. Otherwise it stops meaning what it says: callers arrive with the waypoint's identity, an ALLOW refuses them, a DENY lets them through, and whoever calls a pod's address walks around the waypoint's policies.",
    remediation: [
        "Attach what is about callers to the Service by targetRefs.",
        "By labels allow the waypoint's own identity alone: <trust domain>/ns/<namespace>/sa/<name of its Gateway>.",
        "Name ports of their own where others, such as Prometheus, call the pods directly.",
    ],
    url: "https://istio.io/latest/docs/ambient/usage/waypoint/",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY, NAMESPACE, SERVICE, WORKLOADS],
    checkStack: (stack, { settings }) =>
        each(
            () => behindWaypoints(stack),
            ([workload, waypoints]) =>
                each(
                    () => waypoints,
                    (waypoint) => checkWorkload(stack, workload, waypoint, settings),
                ),
        ),
};
