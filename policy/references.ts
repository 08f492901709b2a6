import { namespaceOfHost } from "./destination-rules.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";
import { chartOf, valueAt } from "./helm.ts";
import { istioChartOf } from "./istio-chart.ts";
import {
    DESTINATION_RULE,
    HELM,
    ISTIO_KINDS,
    KUBERNETES_GATEWAY,
    NAMESPACE,
    SERVICE,
    WORKLOADS,
} from "./kinds.ts";
import { isSelected } from "./kubernetes-object.ts";
import { isMisspelling, slipsOf } from "./spelling.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** Groups of Kubernetes and of tools whose objects make nothing that a name could lead to. */
const OWN_GROUPS = /^$|^(apps|batch|autoscaling|policy|helm\.sh)$|\.k8s\.io$/;

/** Whether a name is a maker's own, or made of it: `nats`, `nats-headless`, `prometheus-nats`. */
function isMadeOf(name: string, maker: string): boolean {
    return maker !== "" && `-${name}-`.includes(`-${maker}-`);
}

/** Whether an object of an operator may make other objects, named after it. */
function isOperated({ group, runsPods }: KubernetesObject): boolean {
    return !runsPods && group.includes(".") && !OWN_GROUPS.test(group);
}

/** Custom resources that are not Istio's, and Gateways of Kubernetes' API, in a namespace. */
function makersIn(stack: Stack, namespace: string): readonly KubernetesObject[] {
    const makers = stack.once(makersIn, () =>
        indexOf(
            stack.objects.filter(
                (object) =>
                    isSelected(object, [KUBERNETES_GATEWAY]) ||
                    (object.runsPods && object.group.includes(".")) ||
                    (isOperated(object) && !isSelected(object, ISTIO_KINDS)),
            ),
            (maker) => [maker.namespace],
        ),
    );
    return makers.get(namespace);
}

/** Whether something whose objects nobody sees runs in a namespace: a chart of no known content. @throws UnknownValue */
export function hasCharts(stack: Stack, namespace: string): boolean {
    return some(stack.in(namespace, ...HELM), (release) => istioChartOf(release) === undefined);
}

/** Whether a chart or an operator of the stack may have made something of a name. @throws UnknownValue */
export function mayBeMade(stack: Stack, namespace: string, name: string): boolean {
    return (
        some(stack.in(namespace, ...HELM), (release) =>
            [
                release.name,
                chartOf(release),
                valueAt(release, "name").text() ?? "",
                valueAt(release, "fullnameOverride").text() ?? "",
                valueAt(release, "nameOverride").text() ?? "",
            ].some((stem) => isMadeOf(name, stem)),
        ) ||
        some(
            makersIn(stack, namespace),
            (maker) =>
                isMadeOf(name, maker.name) ||
                isMadeOf(name, maker.root.at("spec", "targetRef", "name").text() ?? ""),
        )
    );
}

/** Whether what is in a namespace is the stack's to say: it has Services there, or the namespace and what runs in it. @throws UnknownValue */
export function ownsServicesOf(stack: Stack, namespace: string): boolean {
    return (
        some(stack.in(namespace, SERVICE), (service) => service.namespace === namespace) ||
        (some(stack.of(NAMESPACE), ({ name }) => name === namespace) &&
            some(stack.in(namespace, WORKLOADS), (workload) => workload.namespace === namespace))
    );
}

/** Whether a name is near enough to another one to be meant for it. */
function isNear(name: string, other: string): boolean {
    return name.includes(other) || other.includes(name) || isMisspelling(name, other);
}

/**
 * Whether the stack speaks on purpose of something that others run in a namespace of its own: it has a DestinationRule
 * for the host and selects the pods by the same name, and nothing of its own is called alike.
 *
 * @throws UnknownValue
 */
export function isForeign(
    stack: Stack,
    namespace: string,
    name: string,
    others: readonly string[],
): boolean {
    const isSpokenOf = stack
        .once(isForeign, () =>
            indexOf(stack.of(DESTINATION_RULE), (rule) => [
                (rule.root.at("spec", "host").text() ?? "").split(".")[0] ?? "",
            ]),
        )
        .get(name)
        .some((rule) => rule.namespace === namespace);
    return (
        isSpokenOf &&
        !others.some((other) => isNear(name, other)) &&
        some(selectedValues(stack), (value) => value.text() === name)
    );
}

/** The values of the labels by which Istio's kinds select pods. */
function selectedValues(stack: Stack): readonly Field[] {
    return stack.once(selectedValues, () =>
        stack
            .of(...ISTIO_KINDS)
            .map((object) => object.root.at("spec", "selector", "matchLabels"))
            .flatMap((labels) =>
                labels.known ? labels.entries().map(([, value]) => value) : [labels],
            ),
    );
}

/** The namespaces that the stack declares, as far as they are known. */
function declaredNamespaces(stack: Stack): readonly string[] {
    return stack.once(declaredNamespaces, () => {
        const names: string[] = [];
        each(
            () => stack.of(NAMESPACE),
            (namespace) => {
                names.push(namespace.name);
                return [];
            },
        );
        return names;
    });
}

/** The declared namespace that a name is a clear misspelling of. @throws UnknownValue */
export function namespaceMeantBy(stack: Stack, name: string): string | undefined {
    const candidates = stack
        .once(namespaceMeantBy, () => indexOf(declaredNamespaces(stack), slipsOf))
        .get(...slipsOf(name));
    return candidates.includes(name)
        ? undefined
        : candidates.find((candidate) => isMisspelling(name, candidate));
}

/** Name and namespace of a Service by its full host name; of a pod behind a headless one its Service's. */
export function serviceNameOf(
    host: string,
    settings: Settings,
): { readonly name: string; readonly namespace: string } | undefined {
    const namespace = namespaceOfHost(host, settings);
    const parts = host.slice(0, -`.svc.${settings.clusterDomain}`.length).split(".");
    const name = parts.at(-2);
    return namespace === undefined || name === undefined || name.startsWith("*")
        ? undefined
        : { name, namespace };
}
