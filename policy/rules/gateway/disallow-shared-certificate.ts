import type { Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { GATEWAY_API_SERVING } from "../../gateway-api.ts";
import { firstBeside, nameOf, portsBy, portsOf } from "../../gateway-ports.ts";
import type { Port } from "../../gateway-ports.ts";
import { GATEWAY, HELM, WORKLOADS } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Index, Stack } from "../../stack.ts";

/** Whether two ports are for other hosts; those for the same one are rivals. @throws UnknownValue */
function areForOthers(one: Port, other: Port): boolean {
    const hosts = one.hosts().map(([host]) => host);
    return !other.hosts().some(([host]) => hosts.includes(host));
}

function check(
    stack: Stack,
    port: Port,
    byCertificate: Index<Port>,
    settings: Settings,
): Finding[] {
    return each(
        () => port.certificates(),
        ([name, field]) => {
            const other = firstBeside(
                stack,
                port,
                byCertificate.get(`${port.place()} ${name}`),
                settings,
                (candidate) =>
                    candidate.certificates().some(([another]) => another === name) &&
                    areForOthers(candidate, port),
            );
            return other === undefined
                ? []
                : [
                      field.finding(
                          `${nameOf(other, port)} has ${field.text() ?? ""} for other hosts of the same port`,
                          "one server should have all hosts of a certificate",
                      ),
                  ];
        },
    );
}

/** A client that keeps its connection for another host of the certificate is served there. */
export const gatewayDisallowSharedCertificate: StackRule = {
    name: "istio-gateway-disallow-shared-certificate",
    severity: "medium",
    level: "advisory",
    description:
        "One server of a gateway's port has all hosts of a certificate. Otherwise a browser that has an HTTP/2 connection for one of them asks there for the others too, since the certificate says that it may, and gets 404.",
    remediation: [
        "Put the hosts into one server, or into one wildcard, and let VirtualServices tell them apart.",
        "Or give each server a certificate for its own hosts alone.",
    ],
    url: "https://istio.io/latest/docs/ops/common-problems/network-issues/#404-errors-occur-when-multiple-gateways-configured-with-same-tls-certificate",
    exemptible: "everywhere",
    selects: [GATEWAY, ...GATEWAY_API_SERVING, WORKLOADS, ...HELM],
    checkStack: (stack, { settings }) => {
        const byCertificate = portsBy(stack, (port) =>
            port.certificates().map(([name]) => `${port.place()} ${name}`),
        );
        return each(
            () => portsOf(stack),
            (port) => check(stack, port, byCertificate, settings),
        );
    },
};
