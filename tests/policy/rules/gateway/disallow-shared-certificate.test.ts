import { gatewayDisallowSharedCertificate } from "#policy/rules/gateway/disallow-shared-certificate.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const gateway = (name: string, credentialName: unknown, selector = "edge") =>
    manifest("networking.istio.io/v1", "Gateway", `a4co/${name}`, {
        selector: { istio: selector },
        servers: [
            {
                port: { number: 443, name: "https", protocol: "HTTPS" },
                hosts: [`${name}.example.com`],
                tls: { mode: "SIMPLE", credentialName },
            },
        ],
    });

describeRule(gatewayDisallowSharedCertificate, {
    compliant: { "one each": { objects: [gateway("shop", "shop"), gateway("pay", "pay")] } },
    violating: {
        "one for both": {
            objects: [gateway("shop", "wild"), gateway("pay", "wild")],
            violations: [
                "Gateway a4co/pay: spec.servers[0].tls.credentialName: Gateway a4co/shop has wild for other hosts of the same port; one server should have all hosts of a certificate",
            ],
        },
    },
    unknown: {
        "which certificate": {
            objects: [gateway("shop", "wild"), gateway("pay", UNKNOWN)],
            advisories: [unknownAt("Gateway a4co/pay: spec.servers[0].tls.credentialName")],
        },
    },
    nearMiss: {
        "other pods": { objects: [gateway("shop", "wild"), gateway("pay", "wild", "in")] },
    },
});
