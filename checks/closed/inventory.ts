import { CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";
import { isRefusal } from "#live/kubernetes/errors.ts";
import type { LiveObject, ServedKind } from "#live/kubernetes/objects.ts";
import { ClusterObjects, RefusedError } from "#live/kubernetes/objects.ts";
import { releaseObjects } from "#live/helm.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** Objects that were asked for, and what may not be read. */
export interface Listing {
    readonly objects: readonly LiveObject[];
    /** One phrase each, for example `EnvoyFilter of networking.istio.io may not be listed`. */
    readonly unread: readonly string[];
}

/** Kinds whose objects can change how the mesh behaves, by what they are about. */
export const AREAS = [
    "networking",
    "security",
    "telemetry",
    "extensions",
    "gateway-api",
    "services",
    "network-policies",
    "webhooks",
    "namespaces",
    "mesh-config",
] as const;
export type Area = (typeof AREAS)[number];

/** Everything of a cluster that is judged here, as it was at one moment. */
export interface Inventory {
    readonly areas: Readonly<Record<Area, Listing>>;
    /** Pods of the mesh's namespaces, and what makes pods there. */
    readonly workloads: Listing;
    /** Roles and what binds them: of the whole cluster, and of the mesh's namespaces. */
    readonly roles: Listing;
    /** What the charts of the program's releases consist of, from Helm's own record. */
    readonly charts: Listing;
}

const GATEWAY_API = /^gateway\.networking\.(x-)?k8s\.io$/;

function core(kind: string, plural: string): ServedKind {
    return { group: "", version: "v1", kind, plural };
}

const OF_ISTIO: Readonly<Record<string, Area>> = {
    "networking.istio.io": "networking",
    "security.istio.io": "security",
    "telemetry.istio.io": "telemetry",
    "extensions.istio.io": "extensions",
};

/** Kubernetes' own kinds that matter, by group and kind. */
const OF_KUBERNETES: Readonly<Record<string, Area>> = {
    "/ConfigMap": "mesh-config",
    "/Namespace": "namespaces",
    "/Service": "services",
    "admissionregistration.k8s.io/MutatingAdmissionPolicy": "webhooks",
    "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": "webhooks",
    "admissionregistration.k8s.io/MutatingWebhookConfiguration": "webhooks",
    "admissionregistration.k8s.io/ValidatingWebhookConfiguration": "webhooks",
    "discovery.k8s.io/EndpointSlice": "services",
    "networking.k8s.io/Ingress": "gateway-api",
    "networking.k8s.io/IngressClass": "gateway-api",
    "networking.k8s.io/NetworkPolicy": "network-policies",
};
/** Of these only what is in the mesh's namespaces. */
const NEAR_ALONE = new Set<Area>(["network-policies"]);

/** The area that a kind belongs to; `undefined` for a kind that is not judged. */
export function areaOf(group: string, kind: string): Area | undefined {
    return (
        OF_ISTIO[group] ??
        (GATEWAY_API.test(group) ? "gateway-api" : OF_KUBERNETES[`${group}/${kind}`])
    );
}

const WORKLOADS: Readonly<Record<string, readonly string[]>> = {
    apps: ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"],
    batch: ["Job"],
};
const RBAC = "rbac.authorization.k8s.io";

/** Reads everything at once, one request a kind and namespace. */
export async function readInventory(
    kubeConfig: KubeConfig,
    mesh: Pick<DeclaredMesh, "context" | "objects">,
): Promise<Inventory> {
    const cluster = new ClusterObjects(kubeConfig);
    const { context } = mesh;
    const near = [...new Set([context.namespace, context.controlPlaneNamespace])];
    const list = (kind: ServedKind, namespace?: string): Promise<Listing> =>
        listing(`${kind.kind} ${kind.group && `of ${kind.group} `}may not be listed`, () =>
            cluster.listAll(kind, namespace),
        );
    const listNear = async (kind: ServedKind): Promise<Listing> =>
        together(await Promise.all(near.map((namespace) => list(kind, namespace))));
    const releases = async (): Promise<Listing> => {
        const api = kubeConfig.makeApiClient(CoreV1Api);
        return together(
            await Promise.all(
                (await mesh.objects()).releases.map((release) =>
                    listing(
                        `Helm's record of release ${release.name} (Secrets of namespace ${release.namespace}) may not be read`,
                        () => releaseObjects(api, release),
                    ),
                ),
            ),
        );
    };
    const served = cluster.served();
    const some = async (
        choose: (kind: ServedKind) => boolean,
        ask: (kind: ServedKind) => Promise<Listing>,
    ): Promise<Listing> =>
        together(await Promise.all((await served).filter(choose).map((kind) => ask(kind))));
    const area = (wanted: Area): Promise<Listing> =>
        some(
            ({ group, kind }) => areaOf(group, kind) === wanted,
            (kind) => (NEAR_ALONE.has(wanted) ? listNear(kind) : list(kind)),
        );
    const [areas, charts, services, namespaces, config, pods, makers, roles, bindings] =
        await Promise.all([
            Promise.all(AREAS.map(area)),
            releases(),
            listNear(core("Service", "services")),
            list(core("Namespace", "namespaces")),
            list(core("ConfigMap", "configmaps"), context.controlPlaneNamespace),
            listNear(core("Pod", "pods")),
            some(({ group, kind }) => WORKLOADS[group]?.includes(kind) === true, listNear),
            some(({ group, kind }) => group === RBAC && /^Role/.test(kind), listNear),
            some(({ group, kind }) => group === RBAC && /^Cluster/.test(kind), list),
        ]);
    const byArea = Object.fromEntries(
        AREAS.map((name, index) => [name, areas[index]]),
    ) as Inventory["areas"];
    return {
        areas: {
            ...byArea,
            services: together([byArea.services, services]),
            namespaces,
            "mesh-config": config,
        },
        workloads: together([pods, makers]),
        roles: together([roles, bindings]),
        charts,
    };
}

async function listing(
    unread: string,
    ask: () => Promise<readonly LiveObject[]>,
): Promise<Listing> {
    try {
        return { objects: await ask(), unread: [] };
    } catch (error) {
        if (isForbidden(error)) {
            return { objects: [], unread: [unread] };
        }
        throw error;
    }
}

function isForbidden(error: unknown): boolean {
    return error instanceof RefusedError ? error.code === 403 : isRefusal(error, 403);
}

function together(listings: readonly Listing[]): Listing {
    return {
        objects: listings.flatMap(({ objects }) => objects),
        unread: [...new Set(listings.flatMap(({ unread }) => unread))],
    };
}
