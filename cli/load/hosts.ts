import type { KubeConfig } from "@kubernetes/client-node";
import { execIn } from "#live/kubernetes/exec.ts";
import type { CountedProxy } from "#live/proxies/counters.ts";

/** A host's line of Envoy's `/clusters`: cluster, address, port, health flags. */
const HEALTH = /^(outbound\|[^:]+)::([^:]+):\d+::health_flags::(\S+)$/;

/**
 * Addresses that a proxy has ejected from a service. Envoy tells each host's health without any annotation.
 *
 * @param host the service's whole host name
 */
export async function ejectedHosts(
    kubeConfig: KubeConfig,
    { namespace, pod }: CountedProxy,
    host: string,
): Promise<readonly string[]> {
    const text = await execIn(kubeConfig, {
        namespace,
        pod,
        container: "istio-proxy",
        command: ["pilot-agent", "request", "GET", "clusters"],
    });
    return ejectedIn(text, host);
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
