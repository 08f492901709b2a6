import { each } from "../../finding.ts";
import { GATEWAY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { checkVersions } from "../../tls-version.ts";

/** No client outside the mesh is let in with a protocol that is broken. */
export const gatewayEnforceTlsVersion: ObjectRule = {
    name: "istio-gateway-enforce-tls-version",
    severity: "high",
    level: "mandatory",
    description:
        "Every server of a gateway speaks TLS 1.2 or newer. Otherwise an attacker on the way can push a client down to a version whose ciphers are broken.",
    remediation: [
        "Set tls.minProtocolVersion to TLSV1_2 or TLSV1_3, or remove it: Istio's default is TLSV1_2.",
        "Remove tls.maxProtocolVersion, or set it to TLSV1_3.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings",
    exemptible: "everywhere",
    selects: [GATEWAY],
    checkObject: ({ root }) =>
        each(
            () => root.at("spec", "servers").items(),
            (server) =>
                checkVersions(
                    server.at("tls", "minProtocolVersion"),
                    server.at("tls", "maxProtocolVersion"),
                ),
        ),
};
