import { each } from "../../finding.ts";
import { isAnyHost } from "../../hosts.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Routes are for the names that they were written for. */
export const virtualServiceDisallowAnyHost: ObjectRule = {
    name: "istio-virtual-service-disallow-any-host",
    severity: "high",
    level: "mandatory",
    description:
        "A VirtualService names its hosts, at least by domain. Otherwise it takes every name of a gateway that others share, or every call of the mesh, whoever the name belongs to.",
    remediation: [
        "Replace * by the names that are routed, or by a domain such as *.example.com.",
        "To route every call of a namespace name *.<namespace>.svc.<cluster domain>.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService-hosts",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: ({ root }, { settings: { clusterDomain } }) =>
        each(
            () => root.at("spec", "hosts").items(),
            (field) => {
                const host = field.text() ?? "";
                const isCluster =
                    host.startsWith("*") && `.svc.${clusterDomain}`.endsWith(host.slice(1));
                return isAnyHost(host) || isCluster
                    ? [
                          field.finding(
                              `${host} is every host${host === "*" ? "" : isCluster ? " of the cluster" : " of a domain that is nobody's"}`,
                              "names are needed, or a domain such as *.example.com",
                          ),
                      ]
                    : [];
            },
        ),
};
