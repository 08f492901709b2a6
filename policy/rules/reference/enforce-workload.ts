import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { ruleHost } from "../../destination-rules.ts";
import {
    DESTINATION_RULE,
    GATEWAY,
    ISTIO_KINDS,
    KUBERNETES_GATEWAY,
    SERVICE,
    SERVICE_ENTRY,
    VIRTUAL_SERVICE,
} from "../../kinds.ts";
import { isSelected } from "../../kubernetes-object.ts";
import type { Selector } from "../../kubernetes-object.ts";
import { eachHttpMatch } from "../../http-route.ts";
import {
    fleetingIn,
    bearersOf,
    carriedOf,
    carries,
    isCarried,
    labelled,
    labelText,
} from "../../bearers.ts";
import { hasCharts, isForeign, mayBeMade } from "../../references.ts";
import { isMisspelling } from "../../spelling.ts";
import { serviceOf } from "../../replicas.ts";
import { hasControlPlane } from "../../revision.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { containersOf, podOf } from "../../workload.ts";

/** Where kinds hold the labels of the workloads that they are for. */
const PLACES: readonly (readonly string[])[] = [
    ["spec", "selector", "matchLabels"],
    ["spec", "workloadSelector", "matchLabels"],
    ["spec", "workloadSelector", "labels"],
];

/** Kinds that a targetRef may lead to. */
const TARGETS: readonly Selector[] = [KUBERNETES_GATEWAY, SERVICE, SERVICE_ENTRY];

function nearestText(text: string, others: readonly string[], none: string): string {
    const near = nearest(text, others);
    return near === undefined ? none : `the nearest is ${near}`;
}

function leadsNowhere(
    selector: Field,
    bearers: readonly KubernetesObject[],
    where: string,
): Finding[] {
    const text = labelText(selector);
    return [
        selector.finding(
            `${text} fits no workload of the stack${where}`,
            nearestText(
                text,
                carriedOf(bearers, selector),
                "labels that a workload's pods carry are required",
            ),
        ),
    ];
}

/** Whether a chart, an operator or another stack may run pods that carry a selector's labels. @throws UnknownValue */
function mayRunElsewhere(stack: Stack, selector: Field): boolean {
    const { namespace } = selector.object;
    const bearers = labelled(stack, namespace);
    const others = [
        ...carriedOf(bearers, selector).map((text) => text.split("=")[1] ?? ""),
        ...bearers.map(({ name }) => name),
    ];
    return selector.entries().some(([, value]) => {
        const name = value.text() ?? "";
        return mayBeMade(stack, namespace, name) || isForeign(stack, namespace, name, others);
    });
}

/** Labels that a controller gives, and that no pod has after the next release. */
function checkFleeting(selector: Field): Finding[] {
    return fleetingIn(selector).map((label) =>
        label.finding(
            "no pod has this label after the next release",
            "labels of the pod's template are allowed",
        ),
    );
}

/** A selector of workloads in the object's own namespace. */
function checkSelector(selector: Field, stack: Stack, { rootNamespace }: Settings): Finding[] {
    const { namespace } = selector.object;
    const fleeting = checkFleeting(selector);
    if (fleeting.length > 0) {
        return fleeting;
    }
    if (
        labelText(selector) === "" ||
        // There it looks at every namespace, also at those of other stacks.
        namespace === rootNamespace ||
        isCarried(stack, selector, namespace)
    ) {
        return [];
    }
    const bearers = labelled(stack, namespace);
    if (
        bearers.length === 0 ||
        mayRunElsewhere(stack, selector) ||
        (hasCharts(stack, namespace) && !isMeantForOne(selector, stack, namespace))
    ) {
        return [];
    }
    return leadsNowhere(selector, bearers, ` in ${namespace}`);
}

/** Whether a selector is clearly a misspelling of what something carries. @throws UnknownValue */
function isMeantForOne(selector: Field, stack: Stack, namespace?: string): boolean {
    const text = labelText(selector);
    // Gateways, the most of those who ask, select by the same few labels.
    return stack.once(`${isMeantForOne.name} ${namespace ?? ""} ${text}`, () =>
        carriedOf(labelled(stack, namespace), selector).some((other) => isMisspelling(text, other)),
    );
}

/** A Gateway's pods may be in any namespace: it is judged where the stack runs the mesh and its gateways. */
function checkGateway(gateway: KubernetesObject, stack: Stack): Finding[] {
    const selector = gateway.root.at("spec", "selector");
    const fleeting = checkFleeting(selector);
    if (fleeting.length > 0) {
        return fleeting;
    }
    const bearers = labelled(stack);
    const isOwn = hasControlPlane(stack) && bearers.some((bearer) => bearer.group === "helm.sh");
    return labelText(selector) === "" ||
        isCarried(stack, selector) ||
        (!isOwn && !isMeantForOne(selector, stack))
        ? []
        : leadsNowhere(selector, bearers, "");
}

/** Callers may be anybody's: only a clear misspelling is said. */
function checkSourceLabels(service: KubernetesObject, stack: Stack): Finding[] {
    const bearers = labelled(stack);
    return eachHttpMatch(service, (match) => {
        const labels = match.at("sourceLabels");
        return labelText(labels) === "" || isCarried(stack, labels) || !isMeantForOne(labels, stack)
            ? []
            : leadsNowhere(labels, bearers, "");
    });
}

/** A policy's target, which is in its own namespace. */
function checkTarget(target: Field, stack: Stack): Finding[] {
    const [kind = "", name = ""] = [target.at("kind").text(), target.at("name").text()];
    const { namespace } = target.object;
    const others = stack
        .in(namespace, ...TARGETS.filter((selector) => selector.kind === kind))
        .filter((other) => other.namespace === namespace);
    if (
        name === "" ||
        !TARGETS.some((selector) => selector.kind === kind) ||
        others.length === 0 ||
        some(others, (other) => other.name === name) ||
        mayBeMade(stack, namespace, name)
    ) {
        return [];
    }
    const names = others.map((other) => other.name);
    return hasCharts(stack, namespace) && !names.some((other) => isMisspelling(name, other))
        ? []
        : [
              target
                  .at("name")
                  .finding(
                      `there is no ${kind} ${name} in ${namespace}`,
                      nearestText(name, names, `a ${kind} of that name is required`),
                  ),
          ];
}

/** The stack's workloads behind a Service; none where charts or operators may run others. @throws UnknownValue */
function podsBehind(service: KubernetesObject, stack: Stack): readonly KubernetesObject[] {
    const selector = service.root.at("spec", "selector");
    if (
        selector.entries().length === 0 ||
        hasCharts(stack, service.namespace) ||
        mayBeMade(stack, service.namespace, service.name)
    ) {
        return [];
    }
    return bearersOf(stack, selector, service.namespace);
}

/** Labels of a subset that no pod of the service carries. */
function checkSubsets(rule: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    const subsets = rule.root
        .at("spec", "subsets")
        .items()
        .map((subset) => subset.at("labels"));
    const fleeting = each(() => subsets, checkFleeting);
    if (fleeting.length > 0) {
        return fleeting;
    }
    const service = serviceOf(stack, ruleHost(rule, settings), settings);
    const workloads = service === undefined ? [] : podsBehind(service, stack);
    return workloads.length === 0
        ? []
        : each(
              () => subsets,
              (labels) =>
                  labelText(labels) === "" ||
                  some(workloads, (workload) => carries(workload, labels))
                      ? []
                      : leadsNowhere(labels, workloads, ` behind ${service?.label ?? ""}`),
          );
}

/** The ports that pods open. @throws UnknownValue */
function declaredPorts(workloads: readonly KubernetesObject[]): readonly string[] {
    return workloads
        .flatMap((workload) => containersOf(podOf(workload)))
        .flatMap((container) => container.at("ports").items())
        .flatMap((port) => port.at("containerPort").text() ?? []);
}

/** The ports at which Services call pods. @throws UnknownValue */
function calledPorts(workloads: readonly KubernetesObject[], stack: Stack): readonly string[] {
    return workloads.flatMap((workload) =>
        stack
            .in(workload.namespace, SERVICE)
            .filter((service) => carries(workload, service.root.at("spec", "selector")))
            .flatMap((service) => service.root.at("spec", "ports").items())
            .flatMap((port) => port.at("targetPort").text() ?? port.at("port").text() ?? [])
            .filter((port) => /^\d+$/.test(port)),
    );
}

/** A port with a mode of its own that no pod has. A port need not be declared: where a pod declares none, none is judged. */
function checkPorts(policy: KubernetesObject, stack: Stack): Finding[] {
    const ports = policy.root.at("spec", "portLevelMtls").entries();
    const selector = policy.root.at("spec", "selector", "matchLabels");
    if (ports.length === 0 || labelText(selector) === "") {
        return [];
    }
    const workloads = bearersOf(stack, selector, policy.namespace).filter(
        ({ runsPods }) => runsPods,
    );
    const declared = declaredPorts(workloads);
    const isDeclaring = (workload: KubernetesObject): boolean =>
        declaredPorts([workload]).length > 0;
    const missing = ports.filter(([port]) => !declared.includes(port));
    if (missing.length === 0 || !workloads.every(isDeclaring) || workloads.length === 0) {
        return [];
    }
    const known = [...new Set([...declared, ...calledPorts(workloads, stack)])];
    return missing
        .filter(([port]) => !known.includes(port))
        .map(([port, field]) =>
            field.finding(
                `no pod of ${labelText(selector)} has port ${port}`,
                `its ports are ${known.join(", ")}: those of the pod, not of the Service`,
            ),
        );
}

function checkObject(object: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    const spec = object.root.at("spec");
    return judgements(
        ...PLACES.map((place) => () => checkSelector(object.root.at(...place), stack, settings)),
        () => checkTarget(spec.at("targetRef"), stack),
        () =>
            each(
                () => spec.at("targetRefs").items(),
                (target) => checkTarget(target, stack),
            ),
        () => (isSelected(object, [GATEWAY]) ? checkGateway(object, stack) : []),
        () => (isSelected(object, [VIRTUAL_SERVICE]) ? checkSourceLabels(object, stack) : []),
        () => (isSelected(object, [DESTINATION_RULE]) ? checkSubsets(object, stack, settings) : []),
        () => (object.kind === "PeerAuthentication" ? checkPorts(object, stack) : []),
    );
}

/** What is written for some workload is read by one. */
export const referenceEnforceWorkload: StackRule = {
    name: "istio-reference-enforce-workload",
    severity: "high",
    level: "mandatory",
    description:
        "Every selector, targetRef, subset and port of an Istio object leads to a workload of the stack, where the stack runs that namespace. Otherwise Istio accepts it all the same, and it holds for nobody: a DENY denies nothing, a subset has no pods, a gateway opens no port.",
    remediation: [
        "Write the labels of the pods, as they stand in spec.template.metadata.labels; best derived from that object, not typed.",
        "A port in portLevelMtls is the pod's, not the Service's.",
    ],
    url: "https://istio.io/latest/docs/reference/config/type/workload-selector/",
    exemptible: "outside production",
    selects: ISTIO_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(...ISTIO_KINDS),
            (object) => checkObject(object, stack, settings),
        ),
};
