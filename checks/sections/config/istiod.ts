import { execIn } from "#live/kubernetes/exec.ts";
import { ISTIOD } from "#model/platform-names.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { oncePerRun } from "../../live-mesh.ts";

/** A kind of configuration that istiod sent to a proxy: both are nonces, equal once the proxy took it. */
export interface Sent {
    readonly sent?: string;
    readonly acked?: string;
    /** Why the proxy refused the last one; gone when it takes the next. */
    readonly lastError?: string;
}

/** What an istiod knows of a proxy that is connected to it, as its `/debug/syncz` says it. */
export interface SyncStatus {
    /** `<pod>.<namespace>`. */
    readonly proxy: string;
    readonly istio_version?: string;
    readonly cluster_sent?: string;
    readonly cluster_acked?: string;
    readonly listener_sent?: string;
    readonly listener_acked?: string;
    readonly route_sent?: string;
    readonly route_acked?: string;
    readonly endpoint_sent?: string;
    readonly endpoint_acked?: string;
    /** By the type's address; newer istiods only. */
    readonly resources?: Readonly<Record<string, Sent>>;
}

/** One istiod and the proxies connected to it. */
export interface Istiod {
    readonly pod: string;
    readonly version: string;
    readonly proxies: readonly SyncStatus[];
}

const SELECTOR = `app=${ISTIOD}`;
const CONTAINER = "discovery";
const SYNCZ = ["pilot-discovery", "request", "GET", "/debug/syncz"];
const VERSION = ["pilot-discovery", "version", "--output", "json"];

/** What every istiod said when it was first asked in this run. */
export const istiods = oncePerRun(istiodsNow);

/**
 * What every istiod says now. A proxy is connected to one of them, so only all together know all proxies.
 *
 * @throws Error where none runs in the cluster
 */
export async function istiodsNow(live: LiveMesh): Promise<readonly Istiod[]> {
    const { controlPlaneNamespace: namespace } = live.mesh.context;
    const { items } = await live.core.listNamespacedPod({
        namespace,
        labelSelector: SELECTOR,
        fieldSelector: "status.phase=Running",
    });
    const pods = items.flatMap(({ metadata }) =>
        metadata?.name === undefined || metadata.deletionTimestamp !== undefined
            ? []
            : [metadata.name],
    );
    if (pods.length === 0) {
        throw new Error(`no pod with ${SELECTOR} runs in ${namespace}`);
    }
    return Promise.all(
        pods.map(async (pod): Promise<Istiod> => {
            const [syncz, version] = await Promise.all(
                [SYNCZ, VERSION].map((command) =>
                    execIn(live.kubeConfig, { namespace, pod, container: CONTAINER, command }),
                ),
            );
            const { clientVersion } = JSON.parse(version ?? "{}") as {
                clientVersion?: { readonly version?: string };
            };
            return {
                pod,
                version: clientVersion?.version ?? "unknown",
                // Without a single proxy Go writes `null`.
                proxies: (JSON.parse(syncz ?? "null") as readonly SyncStatus[] | null) ?? [],
            };
        }),
    );
}

/** Everything an istiod sent to a proxy, by what it is. */
export function sentTo(status: SyncStatus): Readonly<Record<string, Sent>> {
    return (
        status.resources ?? {
            Cluster: pair(status.cluster_sent, status.cluster_acked),
            Listener: pair(status.listener_sent, status.listener_acked),
            RouteConfiguration: pair(status.route_sent, status.route_acked),
            ClusterLoadAssignment: pair(status.endpoint_sent, status.endpoint_acked),
        }
    );
}

/** A kind of configuration in a word: `Cluster` for `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export function kindOf(type: string): string {
    return type.slice(type.lastIndexOf(".") + 1);
}

function pair(sent: string | undefined, acked: string | undefined): Sent {
    return { ...(sent !== undefined && { sent }), ...(acked !== undefined && { acked }) };
}
