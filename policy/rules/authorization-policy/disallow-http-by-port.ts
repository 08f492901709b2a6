import { actionOf, conditionsLike, eachRule, operationsOf } from "../../authorization.ts";
import { ztunnelShare } from "../../enforcement.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { AUTHORIZATION_POLICY, SERVICE, WORKLOADS } from "../../kinds.ts";
import { meetsLabels } from "../../labels.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { containersOf, podOf } from "../../workload.ts";

const HTTP_PROTOCOLS: readonly string[] = [
    "http",
    "http2",
    "grpc",
    "grpc-web",
    "kubernetes.io/h2c",
    "kubernetes.io/ws",
];

/** Whether Istio is told that a port of a Service speaks HTTP: by its appProtocol, else by its name. */
function isHttp(port: Field): boolean {
    const protocol = port.at("appProtocol").text()?.toLowerCase();
    const name = port.at("name").text() ?? "";
    return protocol === undefined
        ? HTTP_PROTOCOLS.some((prefix) => name === prefix || name.startsWith(`${prefix}-`))
        : HTTP_PROTOCOLS.includes(protocol);
}

/** The port of the pod that a port of a Service leads to. */
function targetOf(port: Field, pod: Field): string | undefined {
    const target = port.at("targetPort").text() ?? port.at("port").text();
    const named = containersOf(pod)
        .flatMap((container) => container.at("ports").items())
        .find((containerPort) => containerPort.at("name").text() === target);
    return named?.at("containerPort").text() ?? target;
}

/** Whether a Service of the stack leads to that port of a pod, and says that it is HTTP. */
function speaksHttp(stack: Stack, workload: KubernetesObject, port: string): boolean {
    const pod = podOf(workload);
    const labels = pod.at("metadata", "labels");
    return some(stack.in(workload.namespace, SERVICE), (service) => {
        const selector = service.root.at("spec", "selector");
        return (
            service.namespace === workload.namespace &&
            selector.entries().length > 0 &&
            meetsLabels(labels, selector) &&
            some(
                service.root.at("spec", "ports").items(),
                (servicePort) => targetOf(servicePort, pod) === port && isHttp(servicePort),
            )
        );
    });
}

function checkPort(stack: Stack, policy: KubernetesObject, field: Field): Finding[] {
    const wanted = policy.root.at("spec", "selector", "matchLabels");
    const port = field.text() ?? "";
    const isHttpPort = some(
        stack.in(policy.namespace, WORKLOADS),
        (workload) =>
            workload.namespace === policy.namespace &&
            meetsLabels(podOf(workload).at("metadata", "labels"), wanted) &&
            speaksHttp(stack, workload, port),
    );
    return isHttpPort
        ? [
              field.finding(
                  `${port} is a port of HTTP, so every path and method is let in`,
                  "an ALLOW on HTTP names paths and methods",
              ),
          ]
        : [];
}

/** Whether a rule asks about HTTP in a condition. */
function hasHttpCondition(rule: Field): boolean {
    return (["paths", "methods", "hosts"] as const).some(
        (field) => conditionsLike(rule, field).length > 0,
    );
}

/** The ports that a rule opens whole, in operations and in conditions. */
function openedPorts(rule: Field): readonly Field[] {
    const http = (operation: Field): boolean =>
        operation.entries().some(([key]) => /(paths|methods|hosts)$/i.test(key));
    const operations = operationsOf(rule);
    if (hasHttpCondition(rule) || (operations.length > 0 && operations.every(http))) {
        return [];
    }
    return [
        ...operations
            .filter((operation) => !http(operation))
            .map((operation) => operation.at("ports")),
        ...conditionsLike(rule, "ports").map((condition) => condition.at("values")),
    ];
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    const findings =
        actionOf(policy) === "ALLOW"
            ? eachRule(policy, (rule) =>
                  each(
                      () => openedPorts(rule),
                      (list) =>
                          each(
                              () => list.items(),
                              (port) => checkPort(stack, policy, port),
                          ),
                  ),
              )
            : [];
    // ztunnel has nothing but the port to go by.
    return findings.length > 0 && ztunnelShare(stack, policy, settings) === "all" ? [] : findings;
}

/** HTTP is not let in as if it were plain TCP. */
export const authorizationPolicyDisallowHttpByPort: StackRule = {
    name: "istio-authorization-policy-disallow-http-by-port",
    severity: "high",
    level: "mandatory",
    description:
        "No ALLOW policy opens a port of HTTP by its number alone. Otherwise the caller may make every request of that port, whatever the other policies of the workload say.",
    remediation: [
        "Name paths and methods beside the port.",
        "If the port is not HTTP, say so in the Service: appProtocol: tcp.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
