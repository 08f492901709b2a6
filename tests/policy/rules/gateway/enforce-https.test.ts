import { gatewayEnforceHttps } from "#policy/rules/gateway/enforce-https.ts";
import { UNKNOWN } from "../../manifests.ts";
import { gateway, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const server = (protocol: unknown, tls?: object): object => ({
    hosts: ["a4co.example"],
    port: { number: 80, name: "edge", protocol },
    ...(tls && { tls }),
});
const ALLOWED = "in production HTTP may only redirect (tls.httpsRedirect: true)";
const SERVERS = "Gateway a4co/edge: spec.servers";

describeRule(gatewayEnforceHttps, {
    compliant: {
        "HTTP that redirects, and HTTPS": {
            objects: [
                gateway(
                    server("HTTP", { httpsRedirect: true }),
                    server("HTTPS", { mode: "SIMPLE", credentialName: "cert" }),
                ),
            ],
        },
    },
    violating: {
        "HTTP without a redirect": {
            objects: [gateway(server("HTTP"))],
            violations: [`${SERVERS}[0].port.protocol: HTTP is served in plaintext; ${ALLOWED}`],
        },
        "a redirect that is off, and HTTP/2 in lower case": {
            objects: [gateway(server("HTTP", { httpsRedirect: false }), server("http2"))],
            violations: [
                `${SERVERS}[0].port.protocol: HTTP is served in plaintext; ${ALLOWED}`,
                `${SERVERS}[1].port.protocol: http2 is served in plaintext; ${ALLOWED}`,
            ],
        },
        "gRPC in plaintext": {
            objects: [gateway(server("GRPC-Web"))],
            violations: [
                `${SERVERS}[0].port.protocol: GRPC-Web is served in plaintext; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the redirect of one server beside one without": {
            objects: [gateway(server("HTTP", { httpsRedirect: UNKNOWN }), server("HTTP"))],
            violations: [`${SERVERS}[1].port.protocol: HTTP is served in plaintext; ${ALLOWED}`],
            advisories: [unknownAt(`${SERVERS}[0].tls.httpsRedirect`)],
        },
        "the protocol": {
            objects: [gateway(server(UNKNOWN))],
            advisories: [unknownAt(`${SERVERS}[0].port.protocol`)],
        },
    },
    nearMiss: {
        "HTTP of a stack without real users": {
            objects: [gateway(server("HTTP"))],
            settings: { production: false },
        },
        "TCP, and TLS that is passed through": {
            objects: [gateway(server("TCP"), server("TLS", { mode: "PASSTHROUGH" }))],
        },
    },
});
