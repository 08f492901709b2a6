import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { SERVICE } from "../../kinds.ts";
import { candidatesFor, carries } from "../../bearers.ts";
import {
    hasPolicies,
    isInjected,
    isMeshed,
    MEMBERSHIP_KINDS,
    namespaceNamed,
} from "../../membership.ts";
import { isNeverInjected } from "../../never-injected.ts";
import type { StackRule } from "../../rule.ts";
import { isAppProtocol, isProtocol, isTcp } from "../../service-port.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

function checkPort(port: Field): Finding[] {
    if (!isTcp(port)) {
        return [];
    }
    const allowed = "appProtocol, or a name such as http, grpc-web or tcp-nats, is required";
    const appProtocol = port.at("appProtocol");
    const declared = appProtocol.text();
    if (declared !== undefined) {
        // It goes before the name, and makes Istio guess where it is none of these.
        return isAppProtocol(declared)
            ? []
            : [appProtocol.finding(`${declared} is no protocol that Istio knows`, allowed)];
    }
    const name = port.at("name");
    const given = name.text() ?? "";
    return isProtocol(given)
        ? []
        : [
              name.finding(
                  given === "" ? "no name and no appProtocol" : `${given} says no protocol`,
                  allowed,
              ),
          ];
}

/** Whether a Service leads into the mesh: to the pods it selects here, or else to those of its namespace. */
function isServiceMeshed(service: KubernetesObject, stack: Stack, settings: Settings): boolean {
    const selector = service.root.at("spec", "selector");
    const isTarget = (workload: KubernetesObject): boolean =>
        workload.namespace === service.namespace &&
        selector.entries().length > 0 &&
        carries(workload, selector);
    const workloads = candidatesFor(stack, selector, service.namespace).filter(
        ({ runsPods }) => runsPods,
    );
    if (some(workloads, isTarget)) {
        return some(
            workloads,
            (workload) => isTarget(workload) && isMeshed(stack, workload, settings),
        );
    }
    const namespace = namespaceNamed(stack, service.namespace);
    return namespace === undefined
        ? service.namespace !== settings.rootNamespace &&
              !isNeverInjected(service.namespace) &&
              hasPolicies(stack, service.namespace, settings)
        : isInjected(namespace, stack);
}

/** Istio is told what a port speaks, and guesses nothing. */
export const serviceConfigurePortProtocol: StackRule = {
    name: "istio-service-configure-port-protocol",
    severity: "medium",
    level: "advisory",
    description:
        "Every port of a Service of the mesh says its protocol. Otherwise the proxy waits for the client's first bytes to guess it: a protocol in which the server speaks first stalls, and what is not taken for HTTP gets no routes, retries, or policies by path.",
    remediation: [
        "Set appProtocol of the port: http, http2, grpc, tcp, tls, mysql, redis, mongo.",
        "Or begin its name with the protocol: http, http-metrics, tcp-nats.",
    ],
    url: "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/#explicit-protocol-selection",
    exemptible: "everywhere",
    selects: [SERVICE, ...MEMBERSHIP_KINDS],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(SERVICE),
            (service) =>
                isServiceMeshed(service, stack, settings)
                    ? each(() => service.root.at("spec", "ports").items(), checkPort)
                    : [],
        ),
};
