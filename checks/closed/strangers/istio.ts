import type { IAuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { Scene } from "../scene.ts";
import { chosenWorkloads } from "../scene.ts";
import { overlap } from "../hosts.ts";

/** The fields that objects of Istio's have in common, as far as they matter here. */
interface Spec {
    readonly exportTo?: readonly string[];
    readonly hosts?: readonly string[];
    readonly host?: string;
    readonly gateways?: readonly string[];
    readonly selector?: { readonly matchLabels?: Labels } | Labels;
    readonly workloadSelector?: { readonly labels?: Labels; readonly matchLabels?: Labels };
    readonly [field: string]: unknown;
}
type Labels = Readonly<Record<string, string>>;

/** What an object of Istio's does to the mesh; `undefined` for one elsewhere that does not reach it. */
export function strangerOfIstio(object: LiveObject, scene: Scene): string | undefined {
    const spec = (object["spec"] ?? {}) as Spec;
    return isNear(object, scene) || reachesFromElsewhere(object, spec, scene)
        ? deedOf(object, spec, scene)
        : undefined;
}

/** What is in the root namespace holds for every namespace. */
function isNear({ metadata: { namespace } }: LiveObject, { mesh: { context } }: Scene): boolean {
    return namespace === context.namespace || namespace === context.controlPlaneNamespace;
}

function reachesFromElsewhere(object: LiveObject, spec: Spec, scene: Scene): boolean {
    const { namespace = "", name } = object.metadata;
    const hosts = [...(spec.hosts ?? []), ...(spec.host === undefined ? [] : [spec.host])];
    const namesOurs = hosts.some((host) => scene.hosts.some((own) => overlap(host, own)));
    switch (object.kind) {
        case "Gateway":
            return scene.gateways.has(`${namespace}/${name}`);
        case "VirtualService": {
            const gateways = (spec.gateways ?? ["mesh"]).map((gateway) =>
                gateway.includes("/") || gateway === "mesh" ? gateway : `${namespace}/${gateway}`,
            );
            return (
                isExported(spec, scene) &&
                (gateways.some((gateway) => scene.gateways.has(gateway)) ||
                    (gateways.includes("mesh") && namesOurs))
            );
        }
        case "DestinationRule":
            return isExported(spec, scene) && namesOurs;
        case "ServiceEntry":
            return isExported(spec, scene) && (namesOurs || scene.unscoped);
        default:
            return false;
    }
}

function isExported({ exportTo = [] }: Spec, { mesh: { context } }: Scene): boolean {
    const { namespace, controlPlaneNamespace } = context;
    return (
        exportTo.length === 0 ||
        ["*", namespace, controlPlaneNamespace].some((each) => exportTo.includes(each))
    );
}

function deedOf(object: LiveObject, spec: Spec, scene: Scene): string {
    const whom = whomOf(object, spec, scene);
    const hosts = (spec.hosts ?? []).join(", ");
    switch (object.kind) {
        case "VirtualService":
            return virtualServiceDeed(object["spec"] as IVirtualService["spec"]);
        case "Gateway":
            return gatewayDeed(object["spec"] as NonNullable<IGateway["spec"]>);
        case "DestinationRule":
            return `says how ${spec.host ?? "a host"} is called${tlsOf(spec)}`;
        case "ServiceEntry":
            return `makes ${hosts} known to proxies, so that data can leave there`;
        case "WorkloadEntry":
            return `makes ${String(spec["address"])} a pod of whatever chooses its labels`;
        case "EnvoyFilter":
            return `patches the proxies of ${whom}`;
        case "Sidecar":
            return `says whom the proxies of ${whom} know`;
        case "AuthorizationPolicy":
            return policyDeed(spec, whom);
        case "PeerAuthentication":
            return `sets mutual TLS of ${whom} to ${modesOf(spec).join(" and ")}`;
        case "RequestAuthentication":
            return `says whose tokens ${whom} takes`;
        case "Telemetry":
            return `says what the proxies of ${whom} tell of requests`;
        case "WasmPlugin":
            return `loads ${String(spec["url"])} into the proxies of ${whom}`;
        default:
            return `holds for ${whom}`;
    }
}

/** The workloads that an object chooses by labels. */
function whomOf({ metadata: { namespace } }: LiveObject, spec: Spec, scene: Scene): string {
    const { controlPlaneNamespace } = scene.mesh.context;
    const labels =
        spec.workloadSelector?.labels ??
        spec.workloadSelector?.matchLabels ??
        (spec.selector as { matchLabels?: Labels } | undefined)?.matchLabels ??
        {};
    if (Object.keys(labels).length === 0) {
        return namespace === controlPlaneNamespace
            ? "every workload of the mesh"
            : `every workload of namespace ${namespace ?? ""}`;
    }
    const chosen = [
        ...chosenWorkloads(scene, namespace, labels),
        ...(namespace === controlPlaneNamespace
            ? chosenWorkloads(scene, scene.mesh.context.namespace, labels)
            : []),
    ];
    return chosen.length > 0
        ? [...new Set(chosen)].join(" and ")
        : `pods with ${Object.entries(labels)
              .map(([key, value]) => `${key}=${value}`)
              .join(", ")}`;
}

function virtualServiceDeed(spec: IVirtualService["spec"]): string {
    const { hosts = [], gateways = ["mesh"], http = [], tls = [], tcp = [] } = spec ?? {};
    const where = gateways.includes("mesh")
        ? "in the mesh"
        : `at the gateway (${gateways.join(", ")})`;
    const ends = [...http, ...tls, ...tcp].flatMap(({ route = [] }) =>
        route.map(({ destination }) => destination.host),
    );
    const others = http.flatMap(({ redirect, delegate }) => [
        ...(redirect === undefined ? [] : [`a redirect to ${redirect.authority ?? "elsewhere"}`]),
        ...(delegate === undefined ? [] : [`VirtualService ${delegate.name ?? ""}`]),
    ]);
    const whither = [...new Set([...ends, ...others])].join(" and ") || "nobody";
    return hosts.length === 0
        ? `leads what another VirtualService delegates to it to ${whither}`
        : `leads ${hosts.join(", ")} ${where} to ${whither}`;
}

function gatewayDeed({ servers = [] }: Partial<NonNullable<IGateway["spec"]>>): string {
    const doors = servers.map(
        ({ port, hosts, tls }) =>
            `port ${port.number} (${[port.protocol, tls?.mode].filter(Boolean).join(", ")}) for ${hosts.join(", ")}`,
    );
    return `opens ${doors.join(" and ") || "nothing yet"} at the gateway`;
}

function tlsOf(spec: Spec): string {
    const policy = spec["trafficPolicy"] as
        { readonly tls?: { readonly mode?: string } } | undefined;
    return policy?.tls?.mode === undefined ? "" : ` (TLS ${policy.tls.mode})`;
}

/** Every mode of mutual TLS that a PeerAuthentication names. */
export function modesOf(spec: Readonly<Record<string, unknown>>): string[] {
    type Mutual = { readonly mode?: string } | undefined;
    const ports = Object.values((spec["portLevelMtls"] ?? {}) as Readonly<Record<string, Mutual>>);
    const modes = [spec["mtls"] as Mutual, ...ports].map((mutual) => mutual?.mode ?? "UNSET");
    return [...new Set(modes)];
}

const VERBS: Readonly<Record<string, string>> = {
    ALLOW: "lets",
    DENY: "refuses",
    AUDIT: "notes when",
    CUSTOM: "asks somebody else whether",
};

function policyDeed(
    { action = "ALLOW", rules = [] }: NonNullable<IAuthorizationPolicy["spec"]>,
    whom: string,
): string {
    const sources = rules.flatMap(({ from, when = [] }) => {
        const who =
            from
                ?.map(({ source = {} }) =>
                    Object.entries(source as Readonly<Record<string, readonly string[]>>)
                        .map(([field, values]) => `${field} ${values.join(", ")}`)
                        .join(" with "),
                )
                .join(" or ") ?? "everybody";
        const conditions = when.map(({ key }) => key).join(", ");
        return [conditions === "" ? who : `${who} with ${conditions}`];
    });
    const operations = rules.flatMap(({ to = [] }) =>
        to.map(({ operation = {} }) =>
            Object.values(operation as Readonly<Record<string, readonly string[]>>)
                .flat()
                .join(" "),
        ),
    );
    const what = operations.length === 0 ? "anything" : [...new Set(operations)].join(" or ");
    return rules.length === 0
        ? `${VERBS[action] ?? action} nobody call ${whom}`
        : `${VERBS[action] ?? action} ${[...new Set(sources)].join(" or ")} call ${whom} for ${what}`;
}
