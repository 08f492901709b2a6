import { isAmbient, waypointOf } from "./ambient.ts";
import { targetsOf } from "./authorization.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { chartValue, istioChartOf } from "./istio-chart.ts";
import {
    GATEWAY_CLASS,
    HELM,
    ISTIO_OPERATOR,
    KUBERNETES_GATEWAY,
    NAMESPACE,
    SERVICE,
    WORKLOADS,
} from "./kinds.ts";
import { isGatewayLabelled } from "./labels.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";
import { containersOf, podOf } from "./workload.ts";

/** What a pod is in the mesh: a proxy of its own, at the edge or of an ambient namespace, or somebody's application. */
export type PodRole = "application" | "gateway" | "waypoint";

/** Label that Istio gives the pods of a Gateway of Kubernetes' API. */
const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

/** Pods of one kind: those of a workload, or those that a chart, an operator or a Gateway makes. */
export interface Pods {
    readonly object: KubernetesObject;
    /** @throws UnknownValue */
    readonly namespace: string;
    /** @throws UnknownValue */
    labels(): readonly (readonly [key: string, value: string])[];
    /** @throws UnknownValue */
    role(): PodRole;
}

/** Labels as texts. @throws UnknownValue */
export function textsOf(labels: Field): readonly (readonly [string, string])[] {
    return labels.entries().map(([key, value]) => [key, value.text() ?? ""] as const);
}

/** The mode in which a pod runs Istio's proxy by itself, with no injector: `router` or `waypoint`. @throws UnknownValue */
function proxyModeOf(pod: Field): PodRole | undefined {
    const words = containersOf(pod)
        .filter((container) => container.at("name").text() === "istio-proxy")
        .flatMap((container) => [
            ...container.at("command").texts(),
            ...container.at("args").texts(),
        ]);
    return words.includes("waypoint")
        ? "waypoint"
        : words.includes("router")
          ? "gateway"
          : undefined;
}

/** What Istio's controller of Gateways says of pods that it makes. @throws UnknownValue */
function managedRoleOf(labels: Field): PodRole | undefined {
    if (!labels.at(GATEWAY_NAME).exists) {
        return undefined;
    }
    return labels.at("gateway.istio.io/managed").text() === "istio.io-mesh-controller"
        ? "waypoint"
        : "gateway";
}

/** Whether a pod runs Istio's proxy and nothing beside it, so that it needs no sidecar. @throws UnknownValue */
export function isProxy(pod: Field): boolean {
    return (
        proxyModeOf(pod) !== undefined || managedRoleOf(pod.at("metadata", "labels")) !== undefined
    );
}

/** What the pods of a workload are: by what they run, by the template that Istio injects, or by their labels. @throws UnknownValue */
export function roleOf(workload: KubernetesObject, settings: Settings): PodRole {
    const pod = podOf(workload);
    const metadata = pod.at("metadata");
    const templates = (metadata.at("annotations", "inject.istio.io/templates").text() ?? "")
        .split(",")
        .map((template) => template.trim());
    if (templates.includes("waypoint")) {
        return "waypoint";
    }
    if (templates.includes("gateway") || isGatewayLabelled(metadata.at("labels"), settings)) {
        return "gateway";
    }
    return proxyModeOf(pod) ?? managedRoleOf(metadata.at("labels")) ?? "application";
}

/** Whether a release or chart is Istio's gateway. @throws UnknownValue */
export function isGatewayChart(release: KubernetesObject): boolean {
    return istioChartOf(release) === "gateway";
}

/** The labels that Istio's gateway chart gives its pods. @throws UnknownValue */
export function chartLabels(release: KubernetesObject): readonly (readonly [string, string])[] {
    const name = chartValue(release, "name").text() ?? release.name;
    const own = chartValue(release, "labels");
    const short = name.replace(/^istio-/, "");
    return Object.entries({ app: name, istio: short, ...Object.fromEntries(textsOf(own)) });
}

/** The gateways that an IstioOperator asks for. @throws UnknownValue */
function operatorPods(operator: KubernetesObject, settings: Settings): readonly Pods[] {
    const components = operator.root.at("spec", "components");
    return ["ingressGateways", "egressGateways"].flatMap((kind) =>
        components
            .at(kind)
            .items()
            .filter((gateway) => gateway.at("enabled").flag() !== false)
            .map((gateway) => ({
                object: operator,
                namespace: gateway.at("namespace").text() ?? settings.rootNamespace,
                labels: () => {
                    const name = gateway.at("name").text() ?? "";
                    const own = Object.fromEntries(textsOf(gateway.at("label")));
                    return Object.entries({
                        app: name,
                        istio: name.replace(/^istio-/, ""),
                        ...own,
                    });
                },
                role: () => "gateway" as const,
            })),
    );
}

/** Pods whose namespace is that of the object which makes them. */
function podsMadeBy(object: KubernetesObject, labels: Pods["labels"], role: () => PodRole): Pods {
    return {
        object,
        get namespace() {
            return object.namespace;
        },
        labels,
        role,
    };
}

/** All pods that the stack is known to run. @throws UnknownValue */
function podsOf(stack: Stack, settings: Settings): readonly Pods[] {
    return stack.once(podsOf, () => [
        ...stack.of(WORKLOADS).map((workload) =>
            podsMadeBy(
                workload,
                () => textsOf(podOf(workload).at("metadata", "labels")),
                () => roleOf(workload, settings),
            ),
        ),
        ...stack
            .of(...HELM)
            .filter(isGatewayChart)
            .map((release) =>
                podsMadeBy(
                    release,
                    () => chartLabels(release),
                    () => "gateway",
                ),
            ),
        ...stack.of(KUBERNETES_GATEWAY).map((gateway) =>
            podsMadeBy(
                gateway,
                () => [
                    ...textsOf(gateway.root.at("spec", "infrastructure", "labels")),
                    [GATEWAY_NAME, gateway.name] as const,
                ],
                () => (isWaypoint(stack, gateway) ? "waypoint" : "gateway"),
            ),
        ),
        ...stack.of(ISTIO_OPERATOR).flatMap((operator) => operatorPods(operator, settings)),
    ]);
}

/** The pods by each of their labels, as `key=value`. */
function podsByLabel(stack: Stack, settings: Settings): Index<Pods> {
    return stack.once(podsByLabel, () =>
        indexOf(podsOf(stack, settings), (pods) =>
            pods.labels().map(([key, value]) => `${key}=${value}`),
        ),
    );
}

/** The pods for which an object without a selector holds: those of its namespace; of all, in the root namespace. @throws UnknownValue */
export function podsIn(stack: Stack, namespace: string, settings: Settings): readonly Pods[] {
    const pods = podsOf(stack, settings);
    return namespace === settings.rootNamespace
        ? pods
        : stack.once(podsIn, () => indexOf(pods, (one) => [one.namespace])).get(namespace);
}

/** The namespaces in which the stack runs the pods that labels select; none where it does not. @throws UnknownValue */
export function podNamespacesOf(
    stack: Stack,
    labels: Field,
    settings: Settings,
): readonly string[] {
    const namespaces = new Set<string>();
    if (labels.entries().length > 0) {
        someSelected(stack, settings.rootNamespace, labels, settings, ({ namespace }) => {
            namespaces.add(namespace);
            return false;
        });
    }
    return [...namespaces];
}

/**
 * Whether some pods of the stack that an object's `matchLabels` select meet a condition.
 *
 * @param namespace of the object; what stands in the root namespace selects in all of them
 * @param matchLabels at least one label
 * @throws UnknownValue
 */
export function someSelected(
    stack: Stack,
    namespace: string,
    matchLabels: Field,
    settings: Settings,
    condition: (pods: Pods) => boolean,
): boolean {
    const wanted = textsOf(matchLabels);
    const [key = "", value = ""] = wanted[0] ?? [];
    return some(podsByLabel(stack, settings).get(`${key}=${value}`), (pods) => {
        const labels = new Map(pods.labels());
        return (
            wanted.every(([name, text]) => labels.get(name) === text) &&
            [pods.namespace, settings.rootNamespace].includes(namespace) &&
            condition(pods)
        );
    });
}

/** Whether `matchLabels` select gateways, and no application of the stack beside them. @throws UnknownValue */
function selectsGateways(
    stack: Stack,
    { namespace, root }: KubernetesObject,
    settings: Settings,
): boolean {
    const matchLabels = root.at("spec", "selector", "matchLabels");
    const isSelected = (condition: (role: PodRole) => boolean): boolean =>
        someSelected(stack, namespace, matchLabels, settings, (pods) => condition(pods.role()));
    return (
        matchLabels.entries().length > 0 &&
        (isGatewayLabelled(matchLabels, settings) ||
            (isSelected((role) => role === "gateway") && !isSelected((role) => role !== "gateway")))
    );
}

/** Whether a class of Gateways is one of waypoints. @throws UnknownValue */
function isWaypointClass(stack: Stack, name: string): boolean {
    return (
        name === "istio-waypoint" ||
        some(
            stack.of(GATEWAY_CLASS),
            (declared) =>
                declared.name === name &&
                declared.root.at("spec", "controllerName").text() === "istio.io/mesh-controller",
        )
    );
}

/** Whether a Gateway of Kubernetes' API is a waypoint. @throws UnknownValue */
export function isWaypoint(stack: Stack, gateway: KubernetesObject): boolean {
    return isWaypointClass(stack, gateway.root.at("spec", "gatewayClassName").text() ?? "");
}

/** Whether something of the stack says of a Gateway that nobody declares here that it is a waypoint. @throws UnknownValue */
function isUsedAsWaypoint(stack: Stack, namespace: string, name: string): boolean {
    const users = stack.once(isUsedAsWaypoint, () =>
        indexOf(stack.of(NAMESPACE, SERVICE), (object) => [waypointOf(object) ?? ""]),
    );
    return (
        users.get(name).length > 0 ||
        some(stack.of(NAMESPACE), (declared) => declared.name === namespace && isAmbient(declared))
    );
}

/** Whether what a policy is attached to is an ingress gateway, and not a waypoint. @throws UnknownValue */
function isGatewayTarget(stack: Stack, target: Field, settings: Settings): boolean {
    const name = target.at("name").text() ?? "";
    const kind = target.at("kind").text();
    if (kind !== "Gateway") {
        return kind === "GatewayClass" && !isWaypointClass(stack, name);
    }
    const { namespace } = target.object;
    const declared = firstOf(
        stack.in(namespace, KUBERNETES_GATEWAY),
        (gateway) => gateway.name === name && gateway.namespace === namespace,
    );
    return declared === undefined
        ? settings.gatewayLabels.includes(`${GATEWAY_NAME}=${name}`) ||
              !isUsedAsWaypoint(stack, namespace, name)
        : declared.root.at("spec", "gatewayClassName").exists && !isWaypoint(stack, declared);
}

/** Whether a policy holds for ingress gateways alone, whose callers have no identity of the mesh. @throws UnknownValue */
export function isForGateway(stack: Stack, policy: KubernetesObject, settings: Settings): boolean {
    const targets = targetsOf(policy);
    return targets.length > 0
        ? targets.every((target) => isGatewayTarget(stack, target, settings))
        : selectsGateways(stack, policy, settings);
}
