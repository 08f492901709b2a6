import { gatewayApiEnforceTlsVersion } from "#policy/rules/gateway-api/enforce-tls-version.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const [LEAST, MOST] = ["min", "max"].map((end) => `gateway.istio.io/tls-${end}-protocol-version`);

function gateway(options: object, gatewayClassName = "istio"): Manifest {
    return manifest("gateway.networking.k8s.io/v1", "Gateway", "shop/edge", {
        gatewayClassName,
        listeners: [{ name: "https", protocol: "HTTPS", tls: { options } }],
    });
}

const option = (name = ""): string =>
    `Gateway shop/edge: spec.listeners[0].tls.options[${JSON.stringify(name)}]`;
const ALLOWED = "only TLSV1_2 and TLSV1_3 are allowed, or nothing, which is TLSV1_2";

describeRule(gatewayApiEnforceTlsVersion, {
    compliant: { "TLS 1.3": { objects: [gateway({ [LEAST ?? ""]: "TLSV1_3" })] } },
    violating: {
        "TLS 1.0, and nothing newer than 1.1": {
            objects: [gateway({ [LEAST ?? ""]: "TLSV1_0", [MOST ?? ""]: "TLSV1_1" })],
            violations: [
                `${option(LEAST)}: accepts TLS 1.0; ${ALLOWED}`,
                `${option(MOST)}: allows at most TLS 1.1; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the version": {
            objects: [gateway({ [LEAST ?? ""]: UNKNOWN })],
            advisories: [unknownAt(option(LEAST))],
        },
    },
    nearMiss: {
        "another controller's option, and another controller's Gateway": {
            objects: [
                gateway({ "example.com/tls-min-protocol-version": "TLSV1_0" }),
                gateway({ [LEAST ?? ""]: "TLSV1_0" }, "nginx"),
            ],
        },
    },
});
