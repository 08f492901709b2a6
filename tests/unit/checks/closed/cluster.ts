import type { Area, Inventory, Listing } from "#checks/closed/inventory.ts";
import { AREAS, areaOf } from "#checks/closed/inventory.ts";
import { groupOf } from "#checks/closed/own-objects.ts";
import type { Scene } from "#checks/closed/scene.ts";
import { sceneOf } from "#checks/closed/scene.ts";
import { temporaryObjects } from "#checks/closed/temporary.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { GATEWAY_NAME, GATEWAY_SELECTOR } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An object as the API server has it. */
export function objectOf(
    type: `${string}:${string}`,
    place: string,
    content: Fields = {},
    metadata: Fields = {},
): LiveObject {
    const [apiVersion = "", kind = ""] = type.split(":");
    const [name = "", namespace] = place.split("/").reverse();
    return {
        apiVersion,
        kind,
        metadata: {
            name,
            uid: `uid-of-${kind}-${place}`,
            ...(namespace && { namespace }),
            ...metadata,
        },
        ...content,
    };
}

/** What the charts of the platform make, as far as it is judged here. */
function charts({ controlPlaneNamespace }: DeclaredMesh["context"]): readonly DeclaredObject[] {
    const inside = (name: string): string => `${controlPlaneNamespace}/${name}`;
    const labels = { ...GATEWAY_SELECTOR, app: GATEWAY_NAME };
    return [
        objectOf("v1:ServiceAccount", inside(GATEWAY_NAME)),
        objectOf("v1:Service", inside(GATEWAY_NAME), {
            spec: { type: "LoadBalancer", selector: labels, ports: [{ name: "https", port: 443 }] },
        }),
        objectOf("apps/v1:Deployment", inside(GATEWAY_NAME), {
            spec: {
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: GATEWAY_NAME,
                        containers: [{ name: "istio-proxy", image: "auto" }],
                    },
                },
            },
        }),
        objectOf(
            "v1:ConfigMap",
            inside("istio"),
            { data: { mesh: "outboundTrafficPolicy: {}" } },
            { labels: { release: "istiod" } },
        ),
        objectOf(
            "admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
            // A chart says a namespace of it, as Helm's reader does.
            inside("istio-sidecar-injector"),
            { webhooks: [{ ...podsWebhook("injector.istio.io"), failurePolicy: "Fail" }] },
        ),
    ] as readonly LiveObject[] as readonly DeclaredObject[];
}

/** A webhook that is asked about every new pod. */
export function podsWebhook(name: string): Fields {
    return {
        name,
        clientConfig: { service: { name: "hook", namespace: "elsewhere", path: "/inject" } },
        rules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
        ],
    };
}

/** As the API server has what was declared: with a uid, and what is of the whole cluster without a namespace. */
function live(object: DeclaredObject): LiveObject {
    const { namespace, ...metadata } = object.metadata;
    const ofCluster = /Webhook|^Namespace$/.test(object.kind);
    return structuredClone({
        ...object,
        metadata: {
            ...metadata,
            uid: `uid-of-${object.kind}-${metadata.name}`,
            ...(!ofCluster && namespace !== undefined && { namespace }),
        },
    });
}

/** A cluster on which a stack's mesh was just deployed. */
export interface Deployed {
    readonly mesh: DeclaredMesh;
    readonly program: readonly DeclaredObject[];
    readonly charts: readonly DeclaredObject[];
    /** As the API server has it. */
    readonly objects: readonly LiveObject[];
}

/** The mesh of a stack as it was just deployed. */
export async function deployed(stack: string): Promise<Deployed> {
    const { mesh } = await declaredMesh({ stack }, false);
    const { objects: program } = await mesh.objects();
    const own = charts(mesh.context);
    return { mesh, program, charts: own, objects: [...program, ...own].map(live) };
}

/** What is seen of a cluster with these objects. */
export function sceneWith(
    { mesh, program, charts: own }: Deployed,
    objects: readonly LiveObject[],
    unread: Partial<Record<Area, string>> = {},
): Scene {
    const listing = (choose: (object: LiveObject) => boolean): Listing => ({
        objects: objects.filter(choose),
        unread: [],
    });
    const areas = AREAS.map((area): [Area, Listing] => {
        const found = listing(({ apiVersion, kind }) => areaOf(groupOf(apiVersion), kind) === area);
        const why = unread[area];
        return [area, why === undefined ? found : { ...found, unread: [why] }];
    });
    const inventory: Inventory = {
        areas: Object.fromEntries(areas) as Record<Area, Listing>,
        workloads: listing(({ kind }) => /^(Pod|Deployment|ReplicaSet|Job)$/.test(kind)),
        roles: listing(({ kind }) => /Role(Binding)?$/.test(kind)),
        charts: { objects: [], unread: [] },
    };
    return sceneOf(
        mesh,
        { program, charts: own, temporary: temporaryObjects(inventory.workloads.objects, mesh) },
        inventory,
    );
}
