import { each } from "../../finding.ts";
import { GATEWAY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** A gateway serves the names that it was given. */
export const gatewayDisallowAnyHost: ObjectRule = {
    name: "istio-gateway-disallow-any-host",
    severity: "high",
    level: "mandatory",
    description:
        "A gateway's servers name their hosts, at least by domain. Otherwise any VirtualService that may use the gateway can serve any name there, also one that belongs to another team.",
    remediation: [
        "Replace * by the names that are served, or by a domain such as *.example.com.",
        "A namespace before the name, such as a4co/*, only limits who may serve; it names no host.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/gateway/#Server-hosts",
    exemptible: "everywhere",
    selects: [GATEWAY],
    checkObject: ({ root }) =>
        each(
            () => root.at("spec", "servers").items(),
            (server) =>
                each(
                    () => server.at("hosts").items(),
                    (host) => {
                        const text = host.text() ?? "";
                        return text.split("/").at(-1) === "*"
                            ? [
                                  host.finding(
                                      `${text} is every host`,
                                      "names are needed, or a domain such as *.example.com",
                                  ),
                              ]
                            : [];
                    },
                ),
        ),
};
