// An oracle, written apart from live/edge-requests.ts on purpose: a client outside the cluster that no check uses.
import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { PeerCertificate, SecureVersion, TLSSocket } from "node:tls";
import { connect } from "node:tls";
import { hostPorts } from "./support.ts";

/** Address under which the forwarders listen. */
const LOOPBACK = "127.0.0.1";
const TIMEOUT_MS = 15_000;
/** OpenSSL's default security level would refuse TLS 1.1 before the server could. */
const ANY_CIPHER = "DEFAULT@SECLEVEL=0";

export interface EdgeRequest {
    readonly scheme: "http" | "https";
    /** The `Host` header. */
    readonly host: string;
    readonly path: string;
    /** Name in the TLS handshake. Default: `host`. */
    readonly servername?: string;
    /** Default `GET`. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

export interface EdgeResponse {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
}

/** Makes one request to the gateway from this machine, as `curl -H 'Host: …' http://127.0.0.1:<port>` does. */
export async function throughGateway(request: EdgeRequest): Promise<EdgeResponse> {
    const ports = await hostPorts();
    const { scheme, host, path, servername = host, method = "GET", body } = request;
    return new Promise((resolve, reject) => {
        const outgoing = (scheme === "https" ? https : http).request(
            {
                host: LOOPBACK,
                port: ports[scheme],
                path,
                method,
                headers: { ...request.headers, host },
                agent: false,
                timeout: TIMEOUT_MS,
                ...(scheme === "https" && { servername, rejectUnauthorized: false }),
            },
            (response) => {
                let text = "";
                response.setEncoding("utf8");
                response.on("data", (chunk: string) => (text += chunk));
                response.on("error", reject);
                response.on("end", () => {
                    resolve({
                        status: response.statusCode ?? 0,
                        headers: response.headers,
                        body: text,
                    });
                });
            },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
        outgoing.on("error", reject);
        outgoing.end(body);
    });
}

export interface Handshake {
    readonly protocol: string | null;
    readonly certificate: PeerCertificate;
}

/**
 * Shakes hands in exactly one version of TLS.
 *
 * @throws Error with OpenSSL's `code` when the server refuses it
 */
export async function handshake(
    port: number,
    servername: string,
    version: SecureVersion,
): Promise<Handshake> {
    const socket: TLSSocket = connect({
        host: LOOPBACK,
        port,
        servername,
        minVersion: version,
        maxVersion: version,
        ciphers: ANY_CIPHER,
        rejectUnauthorized: false,
        timeout: TIMEOUT_MS,
    });
    try {
        await once(socket, "secureConnect");
        return { protocol: socket.getProtocol(), certificate: socket.getPeerCertificate() };
    } finally {
        socket.destroy();
    }
}
