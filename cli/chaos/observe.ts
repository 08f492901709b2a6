import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import { proxyLog } from "#live/access-logs.ts";
import { namesOf } from "#live/edge-requests.ts";
import type { PodName } from "#live/pods.ts";
import type { BreakerCounters } from "#live/proxies/counters.ts";
import { breakerCounters, sumOf } from "#live/proxies/counters.ts";
import { voidName } from "#model/chaos.ts";
import type { ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";

/** A request as the proxy logged it that made it. */
export interface LoggedRequest {
    /** Unix milliseconds. */
    readonly at: number;
    readonly milliseconds: number;
    readonly status: number;
    /** Envoy's response flags, for example `UF,URX`; `-` where there are none. */
    readonly flags: string;
}

/**
 * The measured requests to a service as the proxies of one of its callers logged them.
 *
 * @param probe value of the probe header
 */
export async function requestsLogged(
    kubeConfig: KubeConfig,
    proxies: readonly PodName[],
    service: ServiceIntent,
    context: MeshContext,
    { probe: sent, sinceSeconds }: { readonly probe: string; readonly sinceSeconds: number },
): Promise<readonly LoggedRequest[]> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const logs = await Promise.all(proxies.map((proxy) => proxyLog(core, proxy, sinceSeconds)));
    // By the name that was asked: an answer of the proxy's own is for no cluster.
    const names = new Set(namesOf(service, context));
    return logs
        .flat()
        .filter(({ probe, authority }) => probe === sent && names.has(String(authority)))
        .map((line) => ({
            at: Date.parse(String(line.start_time)),
            milliseconds: Number(line.duration ?? 0),
            status: Number(line.response_code ?? 0),
            flags: String(line.response_flags),
        }));
}

/** What the breaker and the retries of a caller's proxies did so far, towards the service and its partition. */
export async function callerCounters(
    kubeConfig: KubeConfig,
    proxies: readonly PodName[],
    service: ServiceIntent,
    context: MeshContext,
): Promise<BreakerCounters> {
    const clusters = `outbound.*(${service.name}|${voidName(service.name)})\\.${context.namespace}\\.`;
    const counters = await Promise.all(
        proxies.map((proxy) => breakerCounters(kubeConfig, proxy, clusters)),
    );
    return sumOf(counters);
}
