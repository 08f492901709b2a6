import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import {
    backendsOf,
    GATEWAY_API_SERVING,
    holderNamed,
    isHolderKind,
    isMeant,
    isOthersRoute,
    isServiceReference,
    LISTENER_HOLDERS,
    parentsOf,
    protocolOf,
    routeRules,
    servedBy,
    sharesHost,
    takesRoutesOf,
} from "../../gateway-api.ts";
import type { Parent } from "../../gateway-api.ts";
import { GATEWAY_API_ROUTES, HELM, NAMESPACE, REFERENCE_GRANT, SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf, nearest } from "../../search.ts";
import { indexOf } from "../../stack.ts";
import type { Index, Stack } from "../../stack.ts";

const NOWHERE = "it leads nowhere";

function namespacesOf(stack: Stack): Index<KubernetesObject> {
    return stack.once(namespacesOf, () =>
        indexOf(stack.of(NAMESPACE), (namespace) => [namespace.name]),
    );
}

/** Whether everything in a namespace is the stack's own, and none of it hidden in a chart. @throws UnknownValue */
function ownsAllIn(stack: Stack, namespace: string): boolean {
    return (
        some(
            namespacesOf(stack).get(namespace),
            (declared) => !declared.external && !declared.partial && declared.name === namespace,
        ) && !some(stack.in(namespace, ...HELM), (release) => release.namespace === namespace)
    );
}

function missing(
    field: Field,
    stack: Stack,
    { kind, namespace, name }: Omit<Parent, "field">,
    candidates: readonly KubernetesObject[],
): Finding[] {
    if (!ownsAllIn(stack, namespace)) {
        return [];
    }
    const near = nearest(
        name,
        candidates.map((candidate) => candidate.name),
    );
    return [
        field.finding(
            `the stack has no ${kind} ${name} in ${namespace}, so ${NOWHERE}`,
            near === undefined ? `a ${kind} of the stack is required` : `nearest is ${near}`,
        ),
    ];
}

function serviceNamed(stack: Stack, namespace: string, name: string): KubernetesObject | undefined {
    const services = stack.once(serviceNamed, () =>
        indexOf(stack.of(SERVICE), (service) => [`${service.namespace}/${service.name}`]),
    );
    return firstOf(
        services.get(`${namespace}/${name}`),
        (service) => service.namespace === namespace && service.name === name,
    );
}

/** A Gateway, and those of its listeners that take the route. */
function checkHolder(stack: Stack, route: KubernetesObject, parent: Parent): Finding[] {
    const { field, namespace } = parent;
    const holder = holderNamed(stack, parent);
    if (holder === undefined) {
        const others = stack
            .in(namespace, ...LISTENER_HOLDERS)
            .filter(({ kind }) => kind === parent.kind);
        return missing(field.at("name"), stack, parent, others);
    }
    const listeners = holder.root.at("spec", "listeners").items();
    const meant = listeners.filter((listener) => isMeant(parent, listener));
    if (meant.length === 0) {
        const place = field.at("sectionName").exists ? "sectionName" : "port";
        const key = place === "port" ? "port" : "name";
        return [
            field
                .at(place)
                .finding(
                    `${holder.label} has no such listener, so ${NOWHERE}`,
                    `one of ${listeners.map((listener) => listener.at(key).text()).join(", ")} is needed`,
                ),
        ];
    }
    const open = meant.filter((listener) => takesRoutesOf(listener, route.namespace));
    if (open.length === 0) {
        return [
            field.finding(
                `${holder.label} takes routes of its own namespace alone, so ${NOWHERE}`,
                "allowedRoutes.namespaces of the listener must let this one in",
            ),
        ];
    }
    return open.some((listener) => sharesHost(listener, route))
        ? []
        : [
              route.root
                  .at("spec", "hostnames")
                  .finding(
                      `none is a host of ${holder.label}, so ${NOWHERE}`,
                      `one of ${open.map((listener) => listener.at("hostname").text()).join(", ")} is needed`,
                  ),
          ];
}

function checkParent(stack: Stack, route: KubernetesObject, parent: Parent): Finding[] {
    if (isHolderKind(parent.kind)) {
        return checkHolder(stack, route, parent);
    }
    return parent.kind === SERVICE.kind &&
        serviceNamed(stack, parent.namespace, parent.name) === undefined
        ? missing(parent.field.at("name"), stack, parent, stack.in(parent.namespace, SERVICE))
        : [];
}

/** Whether a namespace lets objects of another one name something of its own. @throws UnknownValue */
function isGranted(
    stack: Stack,
    by: KubernetesObject,
    { kind, namespace, name }: Omit<Parent, "field">,
): boolean {
    return some(
        stack.in(namespace, REFERENCE_GRANT),
        (grant) =>
            grant.namespace === namespace &&
            some(
                grant.root.at("spec", "from").items(),
                (from) =>
                    from.at("kind").text() === by.kind &&
                    from.at("namespace").text() === by.namespace,
            ) &&
            some(
                grant.root.at("spec", "to").items(),
                (to) => to.at("kind").text() === kind && (to.at("name").text() ?? name) === name,
            ),
    );
}

function checkGrant(stack: Stack, reference: Field, target: Omit<Parent, "field">): Finding[] {
    const { object } = reference;
    const { kind, namespace, name } = target;
    return namespace === object.namespace ||
        !ownsAllIn(stack, namespace) ||
        isGranted(stack, object, target)
        ? []
        : [
              reference
                  .at("namespace")
                  .finding(
                      `no ReferenceGrant of ${namespace} lets ${object.kind}s of ${object.namespace} name ${kind} ${name}, so ${NOWHERE}`,
                      "one is required",
                  ),
          ];
}

function checkPort(reference: Field, service: KubernetesObject): Finding[] {
    const ports = service.root
        .at("spec", "ports")
        .items()
        .map((port) => port.at("port").text());
    const port = reference.at("port").text();
    return port === undefined || ports.length === 0 || ports.includes(port)
        ? []
        : [
              reference
                  .at("port")
                  .finding(
                      `${service.label} has no port ${port}, so ${NOWHERE}`,
                      `one of ${ports.join(", ")} is needed`,
                  ),
          ];
}

function checkBackend(stack: Stack, reference: Field, atGateway: boolean): Finding[] {
    if (!isServiceReference(reference)) {
        return [];
    }
    const namespace = reference.at("namespace").text() ?? reference.object.namespace;
    const target = { kind: "Service", namespace, name: reference.at("name").text() ?? "" };
    const service = serviceNamed(stack, namespace, target.name);
    return service === undefined
        ? missing(reference.at("name"), stack, target, stack.in(namespace, SERVICE))
        : judgements(
              () => checkPort(reference, service),
              // Routes inside the mesh need no grant.
              () => (atGateway ? checkGrant(stack, reference, target) : []),
          );
}

function checkRoute(stack: Stack, route: KubernetesObject): Finding[] {
    if (isOthersRoute(stack, route)) {
        return [];
    }
    return judgements(
        () =>
            each(
                () => parentsOf(route),
                (parent) => checkParent(stack, route, parent),
            ),
        () => {
            const atGateway = parentsOf(route).some(({ kind }) => isHolderKind(kind));
            return each(
                () => routeRules(route).flatMap(backendsOf),
                (reference) => checkBackend(stack, reference, atGateway),
            );
        },
    );
}

/** Without a certificate Istio leaves a listener out. */
function checkCertificates(stack: Stack, listener: Field): Finding[] {
    const tls = listener.at("tls");
    const references = tls.at("certificateRefs");
    if (
        !["HTTPS", "TLS"].includes(protocolOf(listener)) ||
        tls.at("mode").text() === "Passthrough" ||
        tls.at("options", "gateway.istio.io/tls-terminate-mode").text() === "ISTIO_MUTUAL"
    ) {
        return [];
    }
    return references.items().length === 0
        ? [
              references.finding(
                  "TLS ends here without a certificate, so nothing is served",
                  "a Secret is required, or mode Passthrough",
              ),
          ]
        : each(
              () => references.items(),
              (reference) => {
                  const namespace = reference.at("namespace").text() ?? listener.object.namespace;
                  const name = reference.at("name").text() ?? "";
                  return checkGrant(stack, reference, { kind: "Secret", namespace, name });
              },
          );
}

/** Routes of Kubernetes' API arrive somewhere. */
export const gatewayApiEnforceKnownReferences: StackRule = {
    name: "istio-gateway-api-enforce-known-references",
    severity: "high",
    level: "mandatory",
    description:
        "What a Gateway or a route of Kubernetes' API names is there, and lets itself be named: listeners, Services, ports and certificates. Otherwise everything is accepted, the reason stands in a status that nobody reads, and requests get 404 or 500.",
    remediation: [
        "Name what the stack has: a Gateway's listener in sectionName, a Service and one of its ports in backendRefs.",
        "For a Service or a Secret of another namespace add a ReferenceGrant there; for a Gateway of another one let the namespace in by allowedRoutes.",
    ],
    url: "https://gateway-api.sigs.k8s.io/api-types/referencegrant/",
    exemptible: "everywhere",
    selects: [...GATEWAY_API_SERVING, REFERENCE_GRANT, NAMESPACE, SERVICE, ...HELM],
    checkStack: (stack) => [
        ...each(
            () => stack.of(...GATEWAY_API_ROUTES),
            (route) => checkRoute(stack, route),
        ),
        ...each(
            () => stack.of(...LISTENER_HOLDERS),
            (holder) =>
                each(
                    () =>
                        servedBy(stack, holder) === "by others"
                            ? []
                            : holder.root.at("spec", "listeners").items(),
                    (listener) => checkCertificates(stack, listener),
                ),
        ),
    ],
};
