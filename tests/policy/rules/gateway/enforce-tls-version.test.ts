import { gatewayEnforceTlsVersion } from "#policy/rules/gateway/enforce-tls-version.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { gateway, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const https = (tls: object): object => ({
    hosts: ["a4co.example"],
    port: { number: 443, name: "https", protocol: "HTTPS" },
    tls: { mode: "SIMPLE", credentialName: "cert", ...tls },
});
const ALLOWED = "only TLSV1_2 and TLSV1_3 are allowed, or nothing, which is TLSV1_2";
const SERVERS = "Gateway a4co/edge: spec.servers";

describeRule(gatewayEnforceTlsVersion, {
    compliant: {
        "1.2": { objects: [gateway(https({ minProtocolVersion: "TLSV1_2" }))] },
        "1.3 only": {
            objects: [
                gateway(https({ minProtocolVersion: "TLSV1_3", maxProtocolVersion: "TLSV1_3" })),
            ],
        },
        "Istio's default": {
            objects: [gateway(https({}), https({ minProtocolVersion: "TLS_AUTO" }))],
        },
    },
    violating: {
        "1.0 on the second server": {
            objects: [gateway(https({}), https({ minProtocolVersion: "TLSV1_0" }))],
            violations: [`${SERVERS}[1].tls.minProtocolVersion: accepts TLS 1.0; ${ALLOWED}`],
        },
        "1.1 at both ends": {
            objects: [
                gateway(https({ minProtocolVersion: "TLSV1_1", maxProtocolVersion: "TLSV1_1" })),
            ],
            violations: [
                `${SERVERS}[0].tls.minProtocolVersion: accepts TLS 1.1; ${ALLOWED}`,
                `${SERVERS}[0].tls.maxProtocolVersion: allows at most TLS 1.1; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the version of one server beside an old one": {
            objects: [
                gateway(
                    https({ minProtocolVersion: UNKNOWN }),
                    https({ minProtocolVersion: "TLSV1_1" }),
                ),
            ],
            violations: [`${SERVERS}[1].tls.minProtocolVersion: accepts TLS 1.1; ${ALLOWED}`],
            advisories: [unknownAt(`${SERVERS}[0].tls.minProtocolVersion`)],
        },
        "all servers": {
            objects: [
                manifest("networking.istio.io/v1", "Gateway", "a4co/edge", { servers: UNKNOWN }),
            ],
            advisories: [unknownAt(SERVERS)],
        },
    },
    nearMiss: {
        "TLS that is passed through": { objects: [gateway(https({ mode: "PASSTHROUGH" }))] },
        "a Gateway of the Gateway API": {
            objects: [
                manifest("gateway.networking.k8s.io/v1", "Gateway", "a4co/edge", {
                    servers: [https({ minProtocolVersion: "TLSV1_0" })],
                }),
            ],
            applies: false,
        },
    },
});
