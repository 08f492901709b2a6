import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ClusterConfig } from "#network/cluster-config.ts";
import type { Limits } from "#network/exchange.ts";

/** A server that stands in for another one, for as long as it is used. */
export async function withServer(
    listener: RequestListener,
    use: (address: string) => Promise<void>,
): Promise<void> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
        await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

/** The kubeconfig of an API server. */
export function configOf(server: string, limits?: Limits): ClusterConfig {
    const config = new ClusterConfig(limits);
    config.loadFromOptions({
        clusters: [{ name: "stand-in", server, skipTLSVerify: true }],
        users: [{ name: "somebody", token: "secret" }],
        contexts: [{ name: "stand-in", cluster: "stand-in", user: "somebody" }],
        currentContext: "stand-in",
    });
    return config;
}
