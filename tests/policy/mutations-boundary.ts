import type { Mutation } from "./mutation.ts";

const TLS_VERSION = "istio-gateway-enforce-tls-version";
const HTTPS = "istio-gateway-enforce-https";
const ANY_HOST = "istio-gateway-disallow-any-host";
const VERIFIED = "istio-destination-rule-enforce-server-verification";
/** Without a DestinationRule nothing says that others run nats in the stack's own namespace. */
const NATS_IS_NOBODYS = ["istio-reference-enforce-workload", "istio-reference-enforce-host"];
const STATED = "istio-destination-rule-configure-server-verification";
const TRAFFIC_POLICY = ["spec", "trafficPolicy"];
const SERVERS = ["spec", "servers"];
const BANK = "api.bank.example";

const edge: readonly Mutation[] = [
    {
        what: "the gateway accepts TLS 1.0",
        resource: "baseline-gateway",
        at: [...SERVERS, 1, "tls", "minProtocolVersion"],
        to: "TLSV1_0",
        caughtBy: TLS_VERSION,
    },
    {
        what: "the gateway stops at TLS 1.1",
        resource: "baseline-gateway",
        at: [...SERVERS, 1, "tls", "maxProtocolVersion"],
        to: "TLSV1_1",
        caughtBy: TLS_VERSION,
    },
    {
        what: "the gateway serves HTTP",
        resource: "baseline-gateway",
        at: [...SERVERS, 0, "tls"],
        caughtBy: HTTPS,
    },
    {
        what: "the gateway's redirect is off",
        resource: "baseline-gateway",
        at: [...SERVERS, 0, "tls", "httpsRedirect"],
        to: false,
        caughtBy: HTTPS,
    },
    {
        what: "the gateway serves every host",
        resource: "baseline-gateway",
        at: [...SERVERS, 1, "hosts", 1],
        to: "*",
        caughtBy: ANY_HOST,
    },
    {
        what: "the gateway of dev redirects every host of its namespace",
        program: "dev",
        resource: "baseline-gateway",
        at: [...SERVERS, 0, "hosts", 0],
        to: "./*",
        caughtBy: ANY_HOST,
    },
];

const origination: readonly Mutation[] = [
    {
        what: "the servers of payment-service are not verified",
        resource: "payment-service-destination-rule",
        at: [...TRAFFIC_POLICY, "tls", "insecureSkipVerify"],
        to: true,
        caughtBy: VERIFIED,
    },
    {
        what: "a bank whose name nobody compares takes the place of nats",
        resource: "nats-destination-rule",
        at: ["spec"],
        to: {
            host: BANK,
            trafficPolicy: { tls: { mode: "SIMPLE", caCertificates: "system", sni: BANK } },
        },
        caughtBy: [VERIFIED, ...NATS_IS_NOBODYS],
    },
    {
        what: "a bank with any authority takes the place of nats",
        resource: "nats-destination-rule",
        at: ["spec"],
        to: {
            host: BANK,
            trafficPolicy: { tls: { mode: "SIMPLE", sni: BANK, subjectAltNames: [BANK] } },
        },
        caughtBy: [STATED, ...NATS_IS_NOBODYS],
    },
    {
        what: "a bank without a stated name takes the place of nats",
        resource: "nats-destination-rule",
        at: ["spec"],
        to: {
            host: BANK,
            trafficPolicy: { tls: { mode: "SIMPLE", caCertificates: "system" } },
        },
        caughtBy: [STATED, ...NATS_IS_NOBODYS],
    },
];

/** What comes in at the edge, and what goes out. */
export const boundary: readonly Mutation[] = [...edge, ...origination];
