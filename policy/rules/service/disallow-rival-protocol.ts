import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { SERVICE } from "../../kinds.ts";
import { bearersOf } from "../../bearers.ts";
import { isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf } from "../../search.ts";
import { isTcp, readAs } from "../../service-port.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

/** The stack's workloads to which a Service leads. @throws UnknownValue */
function workloadsOf(service: KubernetesObject, stack: Stack): readonly KubernetesObject[] {
    const selector = service.root.at("spec", "selector");
    return selector.entries().length === 0
        ? []
        : bearersOf(stack, selector, service.namespace).filter(({ runsPods }) => runsPods);
}

/** The port of the pods at which a Service's port leads. @throws UnknownValue */
function targetOf(port: Field): string {
    return port.at("targetPort").text() ?? port.at("port").text() ?? "";
}

function tcpPorts({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "ports").items().filter(isTcp);
}

/** The Services that lead to each workload, in the stack's order; one of which that is not known leads nowhere. */
type Leading = ReadonlyMap<KubernetesObject, readonly KubernetesObject[]>;

function leadingIn(stack: Stack): Leading {
    const leading = new Map<KubernetesObject, KubernetesObject[]>();
    each(
        () => stack.of(SERVICE),
        (service) => {
            for (const workload of workloadsOf(service, stack)) {
                const others = leading.get(workload) ?? [];
                leading.set(workload, others);
                others.push(service);
            }
            return [];
        },
    );
    return leading;
}

/** What is wrong with a port of a Service, beside those of the Services before it, or before it in the same one. */
function checkPort(port: Field, others: readonly KubernetesObject[]): Finding[] {
    const [own, target] = [readAs(port), targetOf(port)];
    const before = others
        .slice(0, others.indexOf(port.object) + 1)
        .flatMap(tcpPorts)
        .filter((other) => other.object !== port.object || other.path < port.path);
    const rival = firstOf(
        own === undefined ? [] : before,
        (other) => targetOf(other) === target && (readAs(other) ?? own) !== own,
    );
    return rival === undefined
        ? []
        : [
              port.finding(
                  `is ${own ?? ""} at port ${target} of pods at which ${rival.object === port.object ? rival.path : rival.object.label} is ${readAs(rival) ?? ""}, and only one of both holds`,
                  "one protocol is allowed at a port of a pod",
              ),
          ];
}

function checkService(
    service: KubernetesObject,
    leading: Leading,
    stack: Stack,
    settings: Settings,
): Finding[] {
    const workloads = workloadsOf(service, stack);
    const others = [
        ...new Set(workloads.flatMap((workload) => leading.get(workload) ?? [service])),
    ];
    const findings = each(
        () => tcpPorts(service),
        (port) => checkPort(port, others),
    );
    return findings.length > 0 && some(workloads, (workload) => isMeshed(stack, workload, settings))
        ? findings
        : [];
}

/** A port of a pod speaks one protocol, whichever Service leads there. */
export const serviceDisallowRivalProtocol: StackRule = {
    name: "istio-service-disallow-rival-protocol",
    severity: "high",
    level: "mandatory",
    description:
        "Services that lead to the same port of the same pods say the same protocol. Otherwise the sidecar takes that of the older one: policies by path and method are for nobody, or bytes that are no HTTP are refused.",
    remediation: [
        "Give both ports the same appProtocol, or names with the same beginning.",
        "Or let the application listen on a port for each protocol.",
    ],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0137/",
    exemptible: "everywhere",
    selects: [SERVICE, ...MEMBERSHIP_KINDS],
    checkStack: (stack, { settings }) => {
        const leading = leadingIn(stack);
        return each(
            () => stack.of(SERVICE),
            (service) => checkService(service, leading, stack, settings),
        );
    },
};
