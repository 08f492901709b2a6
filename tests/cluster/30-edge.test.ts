import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { SecureVersion } from "node:tls";
import { createServer } from "node:tls";
import { foreignServerNames, metricsPaths, namesOf, undeclaredHosts } from "#live/edge-requests.ts";
import { identityOf, principalOf } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { gatewayHosts, publicHost, TLS_SECRET_NAME } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import type { EdgeRequest } from "./edge.ts";
import { handshake, throughGateway } from "./edge.ts";
import { context, coreApi, hostPorts } from "./support.ts";

const ORDER_HOST = publicHost(order.hostname ?? "", context);
const SCHEMES = ["http", "https"] as const;

interface OrderAnswer {
    readonly paymentCallerCertificate: string;
    readonly callerCertificate: string;
    readonly event: { readonly published: boolean; readonly reason?: string };
}

/** The one way in that must work, so that a refusal beside it means something. */
async function wayIn(scheme: (typeof SCHEMES)[number]): Promise<void> {
    const { status, body } = await throughGateway({ scheme, host: ORDER_HOST, path: "/orders" });
    assert.equal(status, 200, body);
}

/** Statuses of requests of which the service must see none, next to what they should be. */
async function refused(requests: readonly EdgeRequest[], status: number): Promise<void> {
    assert.ok(requests.length > 0);
    const seen: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const request of requests) {
        const name = `${request.method ?? "GET"} ${request.scheme}://${request.host}${request.path}`;
        const response = await throughGateway(request);
        const by = "x-served-by" in response.headers ? "the service" : "a proxy";
        seen[name] = `${response.status} from ${by}`;
        expected[name] = `${status} from a proxy`;
    }
    assert.deepEqual(seen, expected);
}

describe("edge of the mesh", () => {
    for (const scheme of SCHEMES) {
        describe(scheme, () => {
            it("GET /orders lists the orders", async () => {
                const { status, body } = await throughGateway({
                    scheme,
                    host: ORDER_HOST,
                    path: "/orders",
                });
                assert.equal(status, 200);
                assert.ok(Array.isArray((JSON.parse(body) as { orders?: unknown }).orders));
            });

            it("POST /orders is paid under order's identity, and its event is published", async () => {
                const { status, body } = await throughGateway({
                    scheme,
                    host: ORDER_HOST,
                    path: "/orders",
                    method: "POST",
                    headers: { "content-type": "application/json" },
                    body: JSON.stringify({ item: "book", quantity: 1 }),
                });
                assert.equal(status, 201, body);
                const answer = JSON.parse(body) as OrderAnswer;
                const uri = (certificate: string): string | undefined =>
                    /;URI=(.*)$/.exec(certificate)?.[1];
                assert.equal(
                    uri(answer.paymentCallerCertificate),
                    `spiffe://${principalOf(identityOf(order.name, context), context)}`,
                );
                assert.equal(
                    uri(answer.callerCertificate),
                    `spiffe://${principalOf(identityOf(INGRESS_GATEWAY, context), context)}`,
                );
                assert.equal(answer.event.published, true, body);
            });

            it("other paths of order's host do not exist", async () => {
                await wayIn(scheme);
                const paths = [
                    "/",
                    "/health",
                    ...metricsPaths(order),
                    "/orders/../health",
                    "/payments",
                    "/payments/process",
                    "/inventory",
                    "/inventory/reserve",
                ];
                await refused(
                    paths.map((path) => ({ scheme, host: ORDER_HOST, path })),
                    404,
                );
            });

            it("other hosts do not exist", async () => {
                await wayIn(scheme);
                const others = catalog.services.filter(
                    ({ callers }) => !(INGRESS_GATEWAY in callers),
                );
                const known = others.flatMap((service) =>
                    namesOf(service, context).map((host) => ({
                        host,
                        path: service.routes[0].prefix,
                    })),
                );
                const unknown = undeclaredHosts(ORDER_HOST, context).map((host) => ({
                    host,
                    path: "/orders",
                }));
                await refused(
                    [...known, ...unknown].map((target) => ({
                        scheme,
                        // Of a name the gateway serves: the header alone must not lead past it.
                        servername: ORDER_HOST,
                        ...target,
                    })),
                    404,
                );
            });

            it("other methods on order's own path are refused", async () => {
                await wayIn(scheme);
                await refused(
                    ["DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"].map((method) => ({
                        scheme,
                        host: ORDER_HOST,
                        path: "/orders",
                        method,
                    })),
                    403,
                );
            });
        });
    }

    describe("TLS", () => {
        for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
            it(`${version} is spoken`, async () => {
                const { https } = await hostPorts();
                assert.equal((await handshake(https, ORDER_HOST, version)).protocol, version);
            });
        }

        it("TLS 1.1 is refused, by a client that speaks it elsewhere", async () => {
            const old: SecureVersion = "TLSv1.1";
            const port = await oldServer();
            assert.equal((await handshake(port, ORDER_HOST, old)).protocol, old);
            const { https } = await hostPorts();
            await assert.rejects(handshake(https, ORDER_HOST, old), {
                code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
            });
        });

        it("a name outside the gateway's hosts gets no handshake", async () => {
            const { https } = await hostPorts();
            await handshake(https, ORDER_HOST, "TLSv1.3");
            for (const name of foreignServerNames(ORDER_HOST)) {
                await assert.rejects(handshake(https, name, "TLSv1.3"), { code: "ECONNRESET" });
            }
        });

        it("the certificate is the Secret's, for the gateway's hosts", async () => {
            const { https } = await hostPorts();
            const { certificate } = await handshake(https, ORDER_HOST, "TLSv1.3");
            assert.deepEqual(
                certificate.subjectaltname?.split(", ").sort(),
                gatewayHosts(context)
                    .map((host) => `DNS:${host}`)
                    .sort(),
            );
            const secret = await coreApi().readNamespacedSecret({
                namespace: context.controlPlaneNamespace,
                name: TLS_SECRET_NAME,
            });
            const stored = new X509Certificate(
                Buffer.from(secret.data?.["tls.crt"] ?? "", "base64"),
            );
            assert.equal(certificate.fingerprint256, stored.fingerprint256);
        });
    });
});

/** A server of this process that speaks TLS 1.1, on a free port; it ends with its first client. */
async function oldServer(): Promise<number> {
    const { data = {} } = await coreApi().readNamespacedSecret({
        namespace: context.controlPlaneNamespace,
        name: TLS_SECRET_NAME,
    });
    const server = createServer({
        key: Buffer.from(data["tls.key"] ?? "", "base64"),
        cert: Buffer.from(data["tls.crt"] ?? "", "base64"),
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
    });
    server.once("secureConnection", (socket) => {
        socket.on("error", () => undefined);
        server.close();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}
