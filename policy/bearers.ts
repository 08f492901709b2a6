import type { Field, KubernetesObject } from "./field.ts";
import { each, some } from "./finding.ts";
import { chartLabels, isGatewayChart, textsOf } from "./gateways.ts";
import { HELM, ROLLOUT, WORKLOADS } from "./kinds.ts";
import { isSelected } from "./kubernetes-object.ts";
import type { Selector } from "./kubernetes-object.ts";
import { podLabels } from "./labels.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** Labels that a pod gets from its controller or from Istio, and that no template shows. */
const GENERATED =
    /^((rollouts-)?pod-template-hash|pod-template-generation|serving\.knative\.dev\/.*|controller-(uid|revision-hash)|job-name|istio\.io\/rev|(apps|batch|statefulset)\.kubernetes\.io\/.*|(topology|service|security|gateway)\.istio\.io\/.*|topology\.kubernetes\.io\/.*|gateway\.networking\.k8s\.io\/.*)$/;

/** Those of them that are others with each release. Argo Rollouts writes its own into subsets, and keeps it there. */
const FLEETING =
    /^(pod-template-hash|pod-template-generation|controller-revision-hash|(batch\.kubernetes\.io\/)?controller-uid|serving\.knative\.dev\/(revision|configurationGeneration|.*UID))$/;

/** The labels of a selector that no pod has after the next release. @throws UnknownValue */
export function fleetingIn(selector: Field): readonly Field[] {
    return selector
        .entries()
        .filter(([key]) => FLEETING.test(key))
        .map(([, value]) => value);
}

/** Everything with a pod's labels in a namespace, or anywhere: workloads, machines too, and releases of the gateway chart. @throws UnknownValue */
export function labelled(stack: Stack, namespace?: string): readonly KubernetesObject[] {
    const take = (...kinds: readonly Selector[]): readonly KubernetesObject[] =>
        namespace === undefined ? stack.of(...kinds) : stack.in(namespace, ...kinds);
    return [...take(WORKLOADS), ...take(...HELM).filter(isGatewayChart)];
}

/** Where an Argo Rollout holds labels that some of its pods get beside those of the template. */
const PHASES: readonly (readonly string[])[] = [
    ["blueGreen", "activeMetadata"],
    ["blueGreen", "previewMetadata"],
    ["canary", "canaryMetadata"],
    ["canary", "stableMetadata"],
];

/** The labels of something of {@link labelled}; of one key there may be several. @throws UnknownValue */
function labelsOf(bearer: KubernetesObject): readonly (readonly [key: string, value: string])[] {
    if (bearer.group === "helm.sh") {
        return chartLabels(bearer);
    }
    const strategy = bearer.root.at("spec", "strategy");
    return [
        ...textsOf(podLabels(bearer)),
        ...(isSelected(bearer, [ROLLOUT])
            ? PHASES.flatMap((phase) => textsOf(strategy.at(...phase, "labels")))
            : []),
    ];
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
    const labels = new Set(
        wanted.length === 0 ? [] : labelsOf(bearer).map((label) => label.join("=")),
    );
    return wanted.every((label) => labels.has(label.join("=")));
}

/** What may carry all labels of a selector, in a namespace or anywhere; {@link carries} has the last word. @throws UnknownValue */
export function candidatesFor(
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
            labelsOf(bearer)
                .map((label) => label.join("="))
                .flatMap((label) => [label, `${bearer.namespace} ${label}`]),
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
                .map(([key]) => [key, new Map(labelsOf(bearer)).get(key)] as const)
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => `${key}=${value ?? ""}`);
            texts.push(...(own.length > 0 ? [own.join(",")] : []));
            return [];
        },
    );
    return [...new Set(texts)];
}
