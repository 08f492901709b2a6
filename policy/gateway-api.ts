import type { Field, KubernetesObject } from "./field.ts";
import { overlaps } from "./hosts.ts";
import { GATEWAY_API_ROUTES, GATEWAY_CLASS, KUBERNETES_GATEWAY, LISTENER_SETS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { firstOf } from "./search.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";

/** The kinds that tell what a Gateway of Kubernetes' API lets in; a rule that asks needs all of them. */
export const GATEWAY_API_SERVING: readonly Selector[] = [
    KUBERNETES_GATEWAY,
    GATEWAY_CLASS,
    ...LISTENER_SETS,
    ...GATEWAY_API_ROUTES,
];

/** Classes of Istio that stand between the mesh's own proxies. */
const INSIDE: readonly string[] = ["istio-waypoint", "istio-east-west", "istio-remote"];

/** What a route or a set of listeners names as the one that it belongs to. */
export interface Parent {
    readonly field: Field;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
}

/** Whom an object belongs to, in `place`; a Gateway of its own namespace unless it says otherwise. @throws UnknownValue */
function parentAt(field: Field, object: KubernetesObject): Parent {
    return {
        field,
        kind: field.at("kind").text() ?? KUBERNETES_GATEWAY.kind ?? "",
        namespace: field.at("namespace").text() ?? object.namespace,
        name: field.at("name").text() ?? "",
    };
}

/** Whom a route belongs to. @throws UnknownValue */
export function parentsOf(route: KubernetesObject): readonly Parent[] {
    return route.root
        .at("spec", "parentRefs")
        .items()
        .map((field) => parentAt(field, route));
}

function keyOf({ kind, namespace, name }: Omit<Parent, "field">): string {
    return `${kind} ${namespace}/${name}`;
}

/** What has listeners: Gateways, and sets of listeners for one. */
function holdersOf(stack: Stack): readonly KubernetesObject[] {
    return stack.of(KUBERNETES_GATEWAY, ...LISTENER_SETS);
}

/** The stack's own Gateway or set of listeners that somebody names. @throws UnknownValue */
export function holderNamed(
    stack: Stack,
    parent: Omit<Parent, "field">,
): KubernetesObject | undefined {
    const holders = stack.once(holderNamed, () => indexOf(holdersOf(stack), (one) => [keyOf(one)]));
    return firstOf(holders.get(keyOf(parent)), (holder) => keyOf(holder) === keyOf(parent));
}

/** The pods that a holder of listeners is for, as a name: those that Istio makes for its Gateway, or that it is told. @throws UnknownValue */
export function gatewayOf(holder: KubernetesObject): string {
    const spec = holder.root.at("spec");
    const [address] = spec.at("addresses").items();
    return holder.kind === KUBERNETES_GATEWAY.kind
        ? address?.at("type").text() === "Hostname"
            ? (address.at("value").text() ?? "")
            : keyOf(holder)
        : keyOf(parentAt(spec.at("parentRef"), holder));
}

/** The class of the Gateway that a holder of listeners is, or belongs to. @throws UnknownValue */
function classOf(stack: Stack, holder: KubernetesObject): string | undefined {
    if (holder.kind === KUBERNETES_GATEWAY.kind) {
        return holder.root.at("spec", "gatewayClassName").text() ?? "";
    }
    const gateway = holderNamed(stack, parentAt(holder.root.at("spec", "parentRef"), holder));
    return gateway && classOf(stack, gateway);
}

/** Who serves a Gateway: Istio at the edge of the mesh, Istio inside it, or another controller. */
export type Served = "at the edge" | "inside" | "by others";

/** @throws UnknownValue */
export function servedBy(stack: Stack, holder: KubernetesObject): Served {
    const name = classOf(stack, holder);
    // Of a set of listeners for another stack's Gateway nobody knows more than that it is there.
    if (name === undefined) {
        return "at the edge";
    }
    const declared = firstOf(stack.of(GATEWAY_CLASS), (one) => one.name === name);
    const controller = declared?.root.at("spec", "controllerName").text();
    if (controller === "istio.io/gateway-controller") {
        return "at the edge";
    }
    if (controller !== undefined && !controller.startsWith("istio.io/")) {
        return "by others";
    }
    return INSIDE.includes(name) || controller !== undefined
        ? "inside"
        : name === "istio" || name.startsWith("istio-")
          ? "at the edge"
          : "by others";
}

/** The listeners by which clients outside the mesh reach it. @throws UnknownValue */
export function edgeListeners(stack: Stack, holder: KubernetesObject): readonly Field[] {
    return servedBy(stack, holder) === "at the edge"
        ? holder.root
              .at("spec", "listeners")
              .items()
              .filter((listener) => protocolOf(listener) !== "HBONE")
        : [];
}

/** Every Gateway and every set of listeners of a stack. */
export const LISTENER_HOLDERS: readonly Selector[] = [KUBERNETES_GATEWAY, ...LISTENER_SETS];

/** Whether such a kind has listeners. */
export function isHolderKind(kind: string): boolean {
    return LISTENER_HOLDERS.some((holder) => holder.kind === kind);
}

/** @throws UnknownValue */
export function protocolOf(listener: Field): string {
    return listener.at("protocol").text() ?? "";
}

/** Whether a listener is one that a route means: by its name and port, where the route says them. @throws UnknownValue */
export function isMeant({ field }: Parent, listener: Field): boolean {
    const [section, port] = [field.at("sectionName").text(), field.at("port").text()];
    return (
        (section === undefined || section === listener.at("name").text()) &&
        (port === undefined || port === listener.at("port").text())
    );
}

/** Whether a listener takes routes of a namespace. Which namespaces a selector means, only the cluster knows. @throws UnknownValue */
export function takesRoutesOf(listener: Field, namespace: string): boolean {
    const from = listener.at("allowedRoutes", "namespaces", "from").text() ?? "Same";
    return from === "All" || from === "Selector" || namespace === listener.object.namespace;
}

/** Whether some host is both a listener's and a route's; who names none means all. @throws UnknownValue */
export function sharesHost(listener: Field, route: KubernetesObject): boolean {
    const own = listener.at("hostname").text() ?? "";
    const hostnames = route.root.at("spec", "hostnames").texts();
    return (
        own === "" ||
        hostnames.length === 0 ||
        hostnames.some((hostname) => overlaps(own, hostname))
    );
}

function routesByParent(stack: Stack): Index<KubernetesObject> {
    return stack.once(routesByParent, () =>
        indexOf(stack.of(...GATEWAY_API_ROUTES), (route) => parentsOf(route).map(keyOf)),
    );
}

/** The stack's routes that take what a listener lets in. @throws UnknownValue */
export function routesAt(stack: Stack, listener: Field): readonly KubernetesObject[] {
    const holder = listener.object;
    return routesByParent(stack)
        .get(keyOf(holder))
        .filter(
            (route) =>
                parentsOf(route).some(
                    (parent) => keyOf(parent) === keyOf(holder) && isMeant(parent, listener),
                ) &&
                takesRoutesOf(listener, route.namespace) &&
                sharesHost(listener, route),
        );
}

/** Whether another controller than Istio serves a route: everything that it belongs to is such a one's. @throws UnknownValue */
export function isOthersRoute(stack: Stack, route: KubernetesObject): boolean {
    const parents = parentsOf(route);
    return (
        parents.length > 0 &&
        parents.every((parent) => {
            const holder = holderNamed(stack, parent);
            return holder !== undefined && servedBy(stack, holder) === "by others";
        })
    );
}

/** The rules of a route. @throws UnknownValue */
export function routeRules({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "rules").items();
}

/** Whether a rule answers with a redirect. @throws UnknownValue */
function redirects(rule: Field): boolean {
    return rule
        .at("filters")
        .items()
        .some((filter) => filter.at("type").text() === "RequestRedirect");
}

/** Whether a rule sends requests on. @throws UnknownValue */
export function sendsOn(rule: Field): boolean {
    return rule.at("backendRefs").items().length > 0 && !redirects(rule);
}

/** Where a rule sends requests on to, its mirrors last. @throws UnknownValue */
export function backendsOf(rule: Field): readonly Field[] {
    const mirrors = rule
        .at("filters")
        .items()
        .filter((filter) => filter.at("type").text() === "RequestMirror");
    return [
        ...(redirects(rule) ? [] : rule.at("backendRefs").items()),
        ...mirrors.map((filter) => filter.at("requestMirror", "backendRef")),
    ];
}

/** Whether a reference is to a Service; the API means one where it does not say. @throws UnknownValue */
export function isServiceReference(reference: Field): boolean {
    return (
        (reference.at("group").text() ?? "") === "" &&
        (reference.at("kind").text() ?? "Service") === "Service"
    );
}
