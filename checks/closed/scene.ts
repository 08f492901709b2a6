import { GATEWAY_SELECTOR, gatewayHosts, clusterHost } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { hasAll } from "#model/label-selector.ts";
import type { Inventory } from "./inventory.ts";
import type { OwnObjects } from "./own-objects.ts";
import { allOf } from "./own-objects.ts";

type Labels = Readonly<Record<string, string>>;

/** Pods of one declared workload. */
interface DeclaredPods {
    readonly namespace: string;
    /** Name of the workload. */
    readonly workload: string;
    readonly labels: Labels;
    readonly serviceAccount: string;
}

/** What an object is judged against: the mesh, what is its own, and what is there. */
export interface Scene {
    readonly mesh: DeclaredMesh;
    readonly own: OwnObjects;
    readonly inventory: Inventory;
    readonly pods: readonly DeclaredPods[];
    /** Hosts by which the mesh's services are known, inside and at the gateway. */
    readonly hosts: readonly string[];
    /** Gateways that the mesh's gateway serves, as `<namespace>/<name>`. */
    readonly gateways: ReadonlySet<string>;
    /** Whether some workload's proxy knows every host that is exported to it. */
    readonly unscoped: boolean;
    /** By address, the pods of the mesh's namespaces that have one of their own. */
    readonly addresses: ReadonlyMap<string, LiveObject>;
}

interface PodTemplate {
    readonly template?: {
        readonly metadata?: { readonly labels?: Labels };
        readonly spec?: { readonly serviceAccountName?: string };
    };
}

/** Reads off what the judgement of single objects needs. */
export function sceneOf(mesh: DeclaredMesh, own: OwnObjects, inventory: Inventory): Scene {
    const { context } = mesh;
    const all = allOf(own);
    const pods = all.flatMap(podsOf);
    const gatewayPods = pods.filter(
        ({ namespace, labels }) =>
            namespace === context.controlPlaneNamespace && hasAll(GATEWAY_SELECTOR, labels),
    );
    const gateways = inventory.areas.networking.objects.filter(
        ({ kind, spec }) =>
            kind === "Gateway" &&
            gatewayPods.some(({ labels }) =>
                hasAll((spec as { selector?: Labels } | undefined)?.selector ?? {}, labels),
            ),
    );
    const near = [context.namespace, context.controlPlaneNamespace];
    return {
        mesh,
        own,
        inventory,
        pods,
        hosts: [
            ...all
                .filter(({ kind, metadata }) => kind === "Service" && isIn(near, metadata))
                .map(({ metadata: { name, namespace = "" } }) => clusterHost(name, { namespace })),
            ...gatewayHosts(context),
        ],
        gateways: new Set(
            gateways.map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`),
        ),
        unscoped: isUnscoped(all, pods, context.namespace),
        addresses: new Map(
            inventory.workloads.objects.filter(({ kind }) => kind === "Pod").flatMap(addressesOf),
        ),
    };
}

function isIn(
    namespaces: readonly string[],
    { namespace }: { readonly namespace?: string | undefined },
): boolean {
    return namespace !== undefined && namespaces.includes(namespace);
}

function podsOf({ metadata, spec }: DeclaredObject): DeclaredPods[] {
    const { template } = (spec ?? {}) as PodTemplate;
    const labels = template?.metadata?.labels;
    return labels === undefined || metadata.namespace === undefined
        ? []
        : [
              {
                  namespace: metadata.namespace,
                  workload: metadata.name,
                  labels,
                  serviceAccount: template?.spec?.serviceAccountName ?? "default",
              },
          ];
}

/** A Sidecar that lists hosts keeps everybody else's out. */
function isUnscoped(
    all: readonly DeclaredObject[],
    pods: readonly DeclaredPods[],
    namespace: string,
): boolean {
    const scopes = all
        .filter(({ kind, metadata }) => kind === "Sidecar" && metadata.namespace === namespace)
        .map(
            ({ spec }) =>
                (spec as { workloadSelector?: { labels?: Labels } }).workloadSelector?.labels ?? {},
        );
    return pods
        .filter((each) => each.namespace === namespace)
        .some(({ labels }) => !scopes.some((scope) => hasAll(scope, labels)));
}

/** A pod on the host's network has its node's address, which many others have. */
function addressesOf(pod: LiveObject): [string, LiveObject][] {
    const { hostNetwork } = (pod["spec"] ?? {}) as { readonly hostNetwork?: boolean };
    const { podIPs = [] } = (pod["status"] ?? {}) as {
        readonly podIPs?: readonly { readonly ip?: string }[];
    };
    return hostNetwork === true
        ? []
        : podIPs.flatMap(({ ip }): [string, LiveObject][] => (ip === undefined ? [] : [[ip, pod]]));
}

/** What the pods are called that labels choose in a namespace: the workloads' names, or nobody's. */
export function chosenWorkloads(
    { pods }: Scene,
    namespace: string | undefined,
    selector: Labels,
): string[] {
    return [
        ...new Set(
            pods
                .filter((each) => each.namespace === namespace && hasAll(selector, each.labels))
                .map(({ labels, workload }) => labels["app"] ?? workload),
        ),
    ];
}
