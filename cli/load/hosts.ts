import type { KubeConfig } from "@kubernetes/client-node";
import type { PodName } from "#live/pods.ts";
import { askProxy } from "#live/proxies/admin.ts";

/** A host's line of Envoy's `/clusters`: cluster, address, port, health flags. */
const HEALTH = /^(outbound\|[^:]+)::([^:]+):\d+::health_flags::(\S+)$/;

/**
 * Addresses that a proxy has ejected from a service. Envoy tells each host's health without any annotation.
 *
 * @param host the service's whole host name
 */
export async function ejectedHosts(
    kubeConfig: KubeConfig,
    proxy: PodName,
    host: string,
): Promise<readonly string[]> {
    return ejectedIn(await askProxy(kubeConfig, proxy, "clusters"), host);
}

/** The same in Envoy's text form; an address that several clusters of the service know is there once. */
export function ejectedIn(text: string, host: string): readonly string[] {
    const addresses = text.split("\n").flatMap((line) => {
        const [, cluster = "", address = "", flags = ""] = HEALTH.exec(line) ?? [];
        const ejected = cluster.endsWith(`|${host}`) && flags.includes("/failed_outlier_check");
        return ejected ? [address] : [];
    });
    return [...new Set(addresses)];
}
