import type { LiveObject } from "#live/kubernetes/objects.ts";
import { GATEWAY_NAME } from "#model/mesh.ts";
import { annotationsOf } from "../temporary.ts";
import type { Scene } from "../scene.ts";

interface Reference {
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
}

interface Spec {
    readonly parentRefs?: readonly Reference[];
    readonly addresses?: readonly { readonly value?: string }[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly { readonly backendRefs?: readonly Reference[] }[];
    readonly controllerName?: string;
    readonly controller?: string;
    readonly parametersRef?: unknown;
    readonly ingressClassName?: string;
}

/** Controllers that istiod itself is. */
const OF_ISTIO = "istio.io/";
/** Older objects name their class so. Source: https://kubernetes.io/docs/concepts/services-networking/ingress/ */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const ISTIO_CLASS = "istio";

/** What an object of the Gateway API, or an Ingress, does to the mesh; `undefined` where it does nothing to it. */
export function strangerAtGatewayApi(object: LiveObject, scene: Scene): string | undefined {
    const spec = (object["spec"] ?? {}) as Spec;
    const { namespace, controlPlaneNamespace } = scene.mesh.context;
    const own = [namespace, controlPlaneNamespace];
    const isNear = own.includes(object.metadata.namespace ?? "");
    switch (object.kind) {
        case "Ingress":
            return isForIstio(object, spec, scene)
                ? `leads ${hostsOf(object)} at the gateway to Services of namespace ${object.metadata.namespace ?? ""}`
                : undefined;
        case "GatewayClass":
            // One that istiod makes itself says nothing but its controller.
            return spec.controllerName?.startsWith(OF_ISTIO) === true &&
                spec.parametersRef !== undefined
                ? "says how gateways of Istio's are made"
                : undefined;
        case "IngressClass":
            return undefined;
        case "Gateway": {
            const service = `${GATEWAY_NAME}.${controlPlaneNamespace}.`;
            return isNear || spec.addresses?.some(({ value = "" }) => value.startsWith(service))
                ? "opens ports of a gateway of Kubernetes' Gateway API"
                : undefined;
        }
        default: {
            const ends = (spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
            const meets = [...(spec.parentRefs ?? []), ...ends].some((reference) =>
                own.includes(reference.namespace ?? ""),
            );
            if (!isNear && !meets) {
                return undefined;
            }
            return ends.length === 0
                ? `holds in namespace ${object.metadata.namespace ?? ""}`
                : `leads ${spec.hostnames?.join(", ") ?? "requests"} to ${ends.map(({ name = "" }) => name).join(" and ")}`;
        }
    }
}

/** Istio's gateway serves what names its class, in whatever namespace it is. */
function isForIstio(object: LiveObject, { ingressClassName }: Spec, { inventory }: Scene): boolean {
    const istio = inventory.areas["gateway-api"].objects
        .filter(
            ({ kind, spec }) =>
                kind === "IngressClass" && (spec as Spec).controller?.startsWith(OF_ISTIO),
        )
        .map(({ metadata }) => metadata.name);
    const named = ingressClassName ?? annotationsOf(object.metadata)[CLASS_ANNOTATION];
    return named === ISTIO_CLASS || istio.includes(named ?? "");
}

function hostsOf(object: LiveObject): string {
    const { rules = [] } = (object["spec"] ?? {}) as {
        readonly rules?: readonly { readonly host?: string }[];
    };
    return rules.map(({ host = "*" }) => host).join(", ") || "everything";
}
