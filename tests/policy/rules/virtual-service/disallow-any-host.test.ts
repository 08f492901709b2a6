import { virtualServiceDisallowAnyHost } from "#policy/rules/virtual-service/disallow-any-host.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const PLACE = "VirtualService a4co/payment: spec.hosts[0]";
const ALLOWED = "names are needed, or a domain such as *.example.com";
const hosts = (...names: unknown[]) => virtualService([PAYMENT], { hosts: names });

describeRule(virtualServiceDisallowAnyHost, {
    compliant: { "a name and a domain": { objects: [hosts("payment", "*.example.com")] } },
    violating: {
        everything: {
            objects: [hosts("*")],
            violations: [`${PLACE}: * is every host; ${ALLOWED}`],
        },
        "a domain of one label": {
            objects: [hosts("*.com")],
            violations: [`${PLACE}: *.com is every host of a domain that is nobody's; ${ALLOWED}`],
        },
        "the whole cluster": {
            objects: [hosts("*.cluster.local")],
            violations: [`${PLACE}: *.cluster.local is every host of the cluster; ${ALLOWED}`],
        },
    },
    unknown: { "the host": { objects: [hosts(UNKNOWN)], advisories: [unknownAt(PLACE)] } },
    nearMiss: { "a namespace": { objects: [hosts("*.a4co.svc.cluster.local")] } },
});
