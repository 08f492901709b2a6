import { each } from "../../finding.ts";
import { GATEWAY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Protocols that a gateway speaks without TLS, as Istio reads them: in any case. */
const PLAIN: readonly string[] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

/** In production nothing is served in plaintext. */
export const gatewayEnforceHttps: ObjectRule = {
    name: "istio-gateway-enforce-https",
    severity: "high",
    level: "mandatory",
    description:
        "In production a gateway's HTTP servers only redirect to HTTPS. Otherwise passwords, cookies and orders cross the network in plaintext, and nobody notices.",
    remediation: [
        "Set tls.httpsRedirect: true on the HTTP server, beside an HTTPS server for the same hosts.",
        "At an egress gateway use protocol HTTPS with tls.mode ISTIO_MUTUAL.",
        "A stack without real users says so with production: false in the pack's settings.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-https_redirect",
    exemptible: "everywhere",
    selects: [GATEWAY],
    checkObject: ({ root }, { settings: { production } }) =>
        production
            ? each(
                  () => root.at("spec", "servers").items(),
                  (server) => {
                      const protocol = server.at("port", "protocol");
                      const plain = protocol.text() ?? "";
                      return PLAIN.includes(plain.toUpperCase()) &&
                          server.at("tls", "httpsRedirect").flag() !== true
                          ? [
                                protocol.finding(
                                    `${plain} is served in plaintext`,
                                    "in production HTTP may only redirect (tls.httpsRedirect: true)",
                                ),
                            ]
                          : [];
                  },
              )
            : [],
};
