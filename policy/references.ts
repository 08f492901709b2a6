import { namespaceOfHost } from "./destination-rules.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";
import { chartOf, valueAt } from "./helm.ts";
import { chartLabels, isGatewayChart, textsOf } from "./gateways.ts";
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
import type { Selector } from "./kubernetes-object.ts";
import { podLabels } from "./labels.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** Labels that a pod gets from its controller or from Istio, and that no template shows. */
const GENERATED =
    /^((rollouts-)?pod-template-hash|controller-(uid|revision-hash)|job-name|istio\.io\/rev|(apps|batch|statefulset)\.kubernetes\.io\/.*|(topology|service|security|gateway)\.istio\.io\/.*|topology\.kubernetes\.io\/.*|gateway\.networking\.k8s\.io\/.*)$/;

/** Groups of Kubernetes and of tools whose objects make nothing that a name could lead to. */
const OWN_GROUPS = /^$|^(apps|batch|autoscaling|policy|helm\.sh)$|\.k8s\.io$/;

type Labels = ReadonlyMap<string, string>;

/** Everything with a pod's labels in a namespace, or anywhere: workloads, machines too, and releases of the gateway chart. @throws UnknownValue */
export function labelled(stack: Stack, namespace?: string): readonly KubernetesObject[] {
    const take = (...kinds: readonly Selector[]): readonly KubernetesObject[] =>
        namespace === undefined ? stack.of(...kinds) : stack.in(namespace, ...kinds);
    return [...take(WORKLOADS), ...take(...HELM).filter(isGatewayChart)];
}

/** The labels of something of {@link labelled}. @throws UnknownValue */
function labelsOf(bearer: KubernetesObject): Labels {
    return new Map(bearer.group === "helm.sh" ? chartLabels(bearer) : textsOf(podLabels(bearer)));
}

/** A selector's labels that a template can show. @throws UnknownValue */
function wantedOf(selector: Field): readonly (readonly [string, string])[] {
    return selector
        .entries()
        .filter(([key]) => !GENERATED.test(key))
        .map(([key, value]) => [key, value.text() ?? ""] as const);
}

/** Labels as they are written on the command line. @throws UnknownValue */
export function labelText(selector: Field): string {
    return wantedOf(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}

/** Whether something carries all labels of a selector. @throws UnknownValue */
export function carries(bearer: KubernetesObject, selector: Field): boolean {
    const wanted = wantedOf(selector);
    const labels = wanted.length === 0 ? undefined : labelsOf(bearer);
    return wanted.every(([key, value]) => labels?.get(key) === value);
}

/** What may carry all labels of a selector, in a namespace or anywhere. @throws UnknownValue */
function candidatesFor(
    stack: Stack,
    selector: Field,
    namespace?: string,
): readonly KubernetesObject[] {
    const [first] = wantedOf(selector);
    if (first === undefined) {
        return labelled(stack, namespace);
    }
    const index = stack.once(candidatesFor, () =>
        indexOf(labelled(stack), (bearer) =>
            Array.from(labelsOf(bearer), ([key, value]) => `${key}=${value}`).flatMap((label) => [
                label,
                `${bearer.namespace} ${label}`,
            ]),
        ),
    );
    const label = first.join("=");
    return index.get(namespace === undefined ? label : `${namespace} ${label}`);
}

/** Whether something carries all labels of a selector, in a namespace or anywhere. @throws UnknownValue */
export function isCarried(stack: Stack, selector: Field, namespace?: string): boolean {
    return some(
        candidatesFor(stack, selector, namespace),
        (bearer) =>
            carries(bearer, selector) &&
            (namespace === undefined || bearer.namespace === namespace),
    );
}

/** What carries all labels of a selector in a namespace. @throws UnknownValue */
export function bearersOf(
    stack: Stack,
    selector: Field,
    namespace: string,
): readonly KubernetesObject[] {
    return candidatesFor(stack, selector, namespace).filter(
        (bearer) => carries(bearer, selector) && bearer.namespace === namespace,
    );
}

/** What some bearers carry of a selector's labels, as {@link labelText} writes it; what is unknown is left out. */
export function carriedOf(
    bearers: readonly KubernetesObject[],
    selector: Field,
): readonly string[] {
    const texts: string[] = [];
    each(
        () => bearers,
        (bearer) => {
            const own = wantedOf(selector)
                .map(([key]) => [key, labelsOf(bearer).get(key)] as const)
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => `${key}=${value ?? ""}`);
            texts.push(...(own.length > 0 ? [own.join(",")] : []));
            return [];
        },
    );
    return [...new Set(texts)];
}

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

/** Where two texts differ: what is left when their common beginning and end are taken away. */
function differenceOf(one: string, other: string): readonly [string, string] {
    let start = 0;
    while (start < Math.min(one.length, other.length) && one[start] === other[start]) {
        start += 1;
    }
    let end = 0;
    while (
        end < Math.min(one.length, other.length) - start &&
        one.at(-1 - end) === other.at(-1 - end)
    ) {
        end += 1;
    }
    return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/**
 * Whether a text is clearly meant to be another: two neighbouring letters swapped, or one letter too many, too few or
 * wrong within. What differs at an end, in a digit or in a part of one letter is a sibling: `shop2`, `team-b`.
 */
export function isMisspelling(text: string, meant: string): boolean {
    if (text === meant || text.length < 4 || meant.length < 4) {
        return false;
    }
    const [there, wanted] = differenceOf(text, meant);
    const isSwap =
        there.length === 2 &&
        wanted.length === 2 &&
        there === `${wanted[1] ?? ""}${wanted[0] ?? ""}`;
    const isInner = text[0] === meant[0] && text.at(-1) === meant.at(-1);
    const parts = [text, meant].flatMap((whole) => whole.split(/[-.]/));
    return (
        !/[\d.-]/.test(there + wanted) &&
        (isSwap ||
            (isInner &&
                there.length <= 1 &&
                wanted.length <= 1 &&
                parts.every((part) => part.length > 1)))
    );
}

/** The declared namespace that a name is a clear misspelling of. @throws UnknownValue */
export function namespaceMeantBy(stack: Stack, name: string): string | undefined {
    const declared = declaredNamespaces(stack);
    return declared.includes(name)
        ? undefined
        : declared.find((candidate) => isMisspelling(name, candidate));
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
