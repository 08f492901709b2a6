import type { LiveObject } from "#live/kubernetes/objects.ts";
import { declaredAs } from "../own-objects.ts";
import type { Scene } from "../scene.ts";
import { chosenWorkloads } from "../scene.ts";
import { ownersOf } from "../temporary.ts";

interface ServiceSpec {
    readonly type?: string;
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port?: number }[];
}

const SERVICE_LABEL = "kubernetes.io/service-name";
const MADE_BY = "endpointslice.kubernetes.io/managed-by";
/** Kubernetes' own controller; source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management */
const CONTROLLER = "endpointslice-controller.k8s.io";

/** What a Service or an EndpointSlice does to the mesh; `undefined` where it does nothing to it. */
export function strangerAmongServices(object: LiveObject, scene: Scene): string | undefined {
    return object.kind === "Service" ? serviceDeed(object, scene) : sliceDeed(object, scene);
}

function serviceDeed(object: LiveObject, scene: Scene): string | undefined {
    const { type, externalName = "", selector = {}, ports = [] } = object["spec"] as ServiceSpec;
    if (type === "ExternalName") {
        return scene.hosts.includes(externalName) ||
            scene.mesh.config.outboundTraffic === "REGISTRY_ONLY"
            ? `makes ${externalName} known to proxies under another name`
            : undefined;
    }
    const workloads =
        Object.keys(selector).length === 0
            ? []
            : chosenWorkloads(scene, object.metadata.namespace, selector);
    return workloads.length === 0
        ? undefined
        : `leads to the pods of ${workloads.join(" and ")} at port ${ports.map(({ port }) => port).join(", ")}`;
}

function sliceDeed(slice: LiveObject, scene: Scene): string | undefined {
    if (isMadeByController(slice, scene)) {
        return undefined;
    }
    const endpoints = (slice["endpoints"] ?? []) as readonly {
        readonly addresses?: readonly string[];
    }[];
    const addresses = endpoints.flatMap((endpoint) => endpoint.addresses ?? []);
    const pods = addresses.flatMap((address) => scene.addresses.get(address)?.metadata.name ?? []);
    const { namespace = "" } = slice.metadata;
    const name = slice.metadata.labels?.[SERVICE_LABEL];
    const service = scene.inventory.areas.services.objects.find(
        ({ kind, metadata }) =>
            kind === "Service" && metadata.name === name && metadata.namespace === namespace,
    );
    if (service !== undefined && declaredAs(service, scene.own) !== undefined) {
        return `adds ${addresses.join(", ") || "nobody"} to those whom Service ${namespace}/${service.metadata.name} leads to`;
    }
    return pods.length === 0
        ? undefined
        : `leads to ${pods.join(" and ")} under the name of Service ${namespace}/${name ?? "(none)"}`;
}

/**
 * Whether Kubernetes made a slice from a Service's selector, which reaches its own namespace alone and is judged as the
 * Service. The label alone says nothing: whoever writes a slice can write it as well.
 */
function isMadeByController(slice: LiveObject, { inventory, mesh }: Scene): boolean {
    const [owner] = ownersOf(slice).filter(
        ({ kind, controller }) => kind === "Service" && controller === true,
    );
    if (owner === undefined || slice.metadata.labels?.[MADE_BY] !== CONTROLLER) {
        return false;
    }
    const { namespace = "" } = slice.metadata;
    const near = [mesh.context.namespace, mesh.context.controlPlaneNamespace];
    // Services elsewhere are not read; a selector there chooses no pod of the mesh.
    const service = inventory.areas.services.objects.find(
        ({ kind, metadata }) => kind === "Service" && metadata.uid === owner.uid,
    );
    const { selector = {} } = (service?.["spec"] ?? {}) as ServiceSpec;
    return near.includes(namespace) && Object.keys(selector).length > 0;
}
