import { deliveriesOf, isDeliverer, isReferredTo } from "./delivery.ts";
import type { Delivery, Find } from "./delivery.ts";
import { Field, UnknownValue } from "./field.ts";
import type { Identity, KubernetesObject } from "./field.ts";
import { plainCopy, readKey, Unknown, UNKNOWN } from "./known.ts";
import { runsPods } from "./workload.ts";

/** A registered resource, as the engine hands it to a policy. */
export interface RegisteredResource {
    /** Pulumi's type token, for example `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    /** Pulumi's name of the resource. */
    readonly name: string;
    readonly urn: string;
    /** Inputs, or outputs; values that are not known yet throw when they are read. */
    readonly props: object;
    /** Namespace of objects that name none. Default is `default`. */
    readonly namespace?: string | Unknown | undefined;
    /** What tells its cluster from another one of the stack. Default: the only one. */
    readonly cluster?: string | undefined;
    /** Whether the stack only reads it. Default false. */
    readonly external?: boolean;
}

/** Kinds that a rule looks at. */
export interface Selector {
    /** Every group where it is absent. */
    readonly group?: string;
    /** Every kind where it is absent. */
    readonly kind?: string;
    /** Only kinds that run pods, whoever defines them. */
    readonly runsPods?: true;
}

const HELM = "helm.sh";

type Name = Omit<Identity, "runsPods">;

function fromApiVersion(apiVersion: string, kind: string): Name {
    const [first = "", second] = apiVersion.split("/");
    return second === undefined
        ? { group: "", version: first, kind }
        : { group: first, version: second, kind };
}

/** Typed classes need not send their apiVersion and kind: the token says the same. */
function fromToken(type: string): Name | undefined {
    const parts = /^([^:]+):([^/:]+)\/(v\d\w*):(\w+)$/.exec(type);
    if (parts === null) {
        return undefined;
    }
    const [, pulumiPackage, group = "", version = "", kind = ""] = parts;
    // Only custom resources have classes outside Pulumi's own package, and their groups are host names.
    if (pulumiPackage !== "kubernetes" && !group.includes(".")) {
        return undefined;
    }
    return { group: group === "core" ? "" : group, version, kind: kind.replace(/Patch$/, "") };
}

/** What a resource is in Kubernetes; `undefined` for everything that is nothing there. */
export function identify(type: string, props: object): Identity | undefined {
    const [apiVersion, kind] = [readKey(props, "apiVersion"), readKey(props, "kind")];
    const name =
        typeof apiVersion === "string" && typeof kind === "string"
            ? fromApiVersion(apiVersion, kind)
            : fromToken(type);
    return name && { ...name, runsPods: runsPods(name, props) };
}

/** Whether a resource is a Patch of an object, rather than the object: its class is called after the kind. */
export function isPatch(type: string, { kind }: Pick<Identity, "kind">): boolean {
    return type.endsWith(`:${kind}Patch`);
}

/** Whether one of the selectors names the object's kind. */
export function isSelected(identity: Identity, selectors: readonly Selector[]): boolean {
    return selectors.some(
        ({ group, kind, runsPods: pods = false }) =>
            (group === undefined || group === identity.group) &&
            (kind === undefined || kind === identity.kind) &&
            (!pods || identity.runsPods),
    );
}

/** What can be read, or what stands in for it. */
function knownOr(instead: string, read: () => string): string {
    try {
        return read();
    } catch (error) {
        if (error instanceof UnknownValue) {
            return instead;
        }
        throw error;
    }
}

class ResourceObject implements KubernetesObject {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    readonly runsPods: boolean;
    readonly urn: string;
    readonly cluster: string;
    readonly external: boolean;
    readonly partial: boolean;
    readonly root: Field;
    readonly #fallbackName: string;
    readonly #fallbackNamespace: string | Unknown;
    #name: string | undefined;
    #namespace: string | undefined;

    constructor(identity: Identity, resource: Omit<RegisteredResource, "props">, body: unknown) {
        this.group = identity.group;
        this.version = identity.version;
        this.kind = identity.kind;
        this.runsPods = identity.runsPods;
        this.urn = resource.urn;
        this.cluster = resource.cluster ?? "";
        this.external = resource.external ?? false;
        this.partial = isPatch(resource.type, identity);
        this.#fallbackName = resource.name;
        this.#fallbackNamespace = resource.namespace ?? "default";
        this.root = new Field(this, "", body);
    }

    /** Helm's arguments have no metadata. */
    get #metadata(): Field {
        return this.group === HELM ? this.root : this.root.at("metadata");
    }

    get name(): string {
        return (this.#name ??= this.#metadata.at("name").text() ?? this.#fallbackName);
    }

    get namespace(): string {
        return (this.#namespace ??= this.#readNamespace());
    }

    #readNamespace(): string {
        if (isClusterScoped(this)) {
            return "";
        }
        const field = this.#metadata.at("namespace");
        const namespace = field.text() ?? this.#fallbackNamespace;
        if (namespace instanceof Unknown) {
            throw new UnknownValue(field, namespace);
        }
        return namespace;
    }

    get label(): string {
        const namespace = knownOr("(namespace not known yet)", () => this.namespace);
        const name = knownOr(this.#fallbackName, () => this.name);
        return `${this.kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
    }
}

/** What a controller's order stands for: a release of Helm, which is judged as if the stack installed it itself. */
const DELIVERED: Identity = { group: HELM, version: "v3", kind: "Release", runsPods: false };

class DeliveredRelease extends ResourceObject {
    readonly order: KubernetesObject;
    readonly #resource: Omit<RegisteredResource, "props">;
    readonly #place: number;

    constructor(
        order: KubernetesObject,
        resource: Omit<RegisteredResource, "props">,
        delivery: Delivery,
        place: number,
    ) {
        const { name, namespace, chart, repository, version, values, unread, elsewhere, more } =
            delivery;
        super(
            DELIVERED,
            {
                ...resource,
                // As the order is a Patch, or is none.
                type: order.partial ? `:${DELIVERED.kind}Patch` : resource.type,
                cluster: elsewhere === "" ? order.cluster : `${order.cluster} ${elsewhere}`,
            },
            {
                metadata: order.root.at("metadata").placed,
                name,
                namespace,
                chart,
                repositoryOpts: { repo: repository },
                version,
                values,
                valueYamlFiles: unread,
                more,
            },
        );
        this.order = order;
        this.#resource = resource;
        this.#place = place;
    }

    /** It is mended where it is written. */
    override get label(): string {
        return this.order.label;
    }

    /** The same release, once it can be seen what its order refers to. */
    completed(find: Find): KubernetesObject {
        return deliveredBy(this.order, this.#resource, find)[this.#place] ?? this;
    }
}

function deliveredBy(
    order: KubernetesObject,
    resource: Omit<RegisteredResource, "props">,
    find: Find,
): readonly KubernetesObject[] {
    return deliveriesOf(order, find).map(
        (delivery, place) => new DeliveredRelease(order, resource, delivery, place),
    );
}

function referenceOf(cluster: string, kind: string, namespace: string, name: string): string {
    return [cluster, kind, namespace, name].join(" ");
}

/** Objects, of which the releases that controllers deliver are told by what the others say. */
export function withReferences(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
    const referred = new Map(
        objects
            .filter(isReferredTo)
            .map((object) => [
                referenceOf(object.cluster, object.kind, namespaceOf(object), nameOf(object)),
                object,
            ]),
    );
    return objects.map((object) => {
        if (!(object instanceof DeliveredRelease)) {
            return object;
        }
        const { order } = object;
        return object.completed((kind, namespace = namespaceOf(order), name = nameOf(order)) =>
            referred.get(referenceOf(order.cluster, kind, namespace, name)),
        );
    });
}

function namespaceOf(object: KubernetesObject): string {
    return knownOr("", () => object.namespace);
}

function nameOf(object: KubernetesObject): string {
    return knownOr("", () => object.name);
}

/** Kinds without a namespace that rules speak of. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
    "/Namespace",
    "/Node",
    "/PersistentVolume",
    "admissionregistration.k8s.io/MutatingAdmissionPolicy",
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
    "apiextensions.k8s.io/CustomResourceDefinition",
    "apiregistration.k8s.io/APIService",
    "certificates.k8s.io/CertificateSigningRequest",
    "certificates.k8s.io/ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io/FlowSchema",
    "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
    "gateway.networking.k8s.io/GatewayClass",
    "networking.k8s.io/IngressClass",
    "networking.k8s.io/IPAddress",
    "networking.k8s.io/ServiceCIDR",
    "node.k8s.io/RuntimeClass",
    "rbac.authorization.k8s.io/ClusterRole",
    "rbac.authorization.k8s.io/ClusterRoleBinding",
    "sailoperator.io/Istio",
    "sailoperator.io/IstioCNI",
    "sailoperator.io/IstioRevision",
    "sailoperator.io/IstioRevisionTag",
    "sailoperator.io/ZTunnel",
    "scheduling.k8s.io/PriorityClass",
    "storage.k8s.io/CSIDriver",
    "storage.k8s.io/CSINode",
    "storage.k8s.io/StorageClass",
    "storage.k8s.io/VolumeAttachment",
    "storage.k8s.io/VolumeAttributesClass",
]);

/** Whether the objects of a kind are in no namespace. */
export function isClusterScoped({ group, kind }: Pick<Identity, "group" | "kind">): boolean {
    return CLUSTER_SCOPED.has(`${group}/${kind}`);
}

/** The elements of a list: what a resource of each would be. Of one that is not known yet its kind is. */
function elementsOf(
    resource: RegisteredResource,
    { kind }: Identity,
): readonly RegisteredResource[] | undefined {
    const items = kind.endsWith("List") ? readKey(resource.props, "items") : undefined;
    if (!(items instanceof Unknown) && !Array.isArray(items)) {
        return undefined;
    }
    const elements: readonly unknown[] = Array.isArray(items)
        ? Array.from({ length: items.length }, (_, index) => readKey(items, index))
        : [items];
    return elements.map((element) => ({
        ...resource,
        type: resource.type.replace(/List$/, ""),
        props:
            typeof element === "object" && element !== null
                ? element
                : { metadata: UNKNOWN, spec: UNKNOWN },
    }));
}

/**
 * The objects that a resource stands for: one as a rule, each element of a list, none for what is nothing in
 * Kubernetes. Beside what orders a controller to install charts stand their releases.
 */
export function objectsOf(
    resource: RegisteredResource,
    wanted: (identity: Identity) => boolean = () => true,
): KubernetesObject[] {
    const identity = identify(resource.type, resource.props);
    if (identity === undefined) {
        return [];
    }
    const elements = elementsOf(resource, identity);
    if (elements !== undefined) {
        return elements.flatMap((element) => objectsOf(element, wanted));
    }
    const isOrder = isDeliverer(identity) && wanted(DELIVERED);
    if (!wanted(identity) && !isOrder) {
        return [];
    }
    const object = new ResourceObject(identity, resource, plainCopy(resource.props));
    return [
        ...(wanted(identity) ? [object] : []),
        ...(isOrder ? deliveredBy(object, resource, () => undefined) : []),
    ];
}
