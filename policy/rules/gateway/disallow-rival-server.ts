import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { GATEWAY_API_SERVING } from "../../gateway-api.ts";
import { firstBeside, nameOf, portsBy, portsOf } from "../../gateway-ports.ts";
import type { Port, Speech } from "../../gateway-ports.ts";
import { GATEWAY, HELM, WORKLOADS } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Index, Stack } from "../../stack.ts";

const SPEECHES: readonly Speech[] = ["HTTP", "TCP", "TLS"];

/** All ports by what may be in another one's way. */
interface Ports {
    readonly bySpeech: Index<Port>;
    readonly byHost: Index<Port>;
}

/** What a port speaks, beside those before it. */
function checkSpeech(stack: Stack, port: Port, { bySpeech }: Ports, settings: Settings): Finding[] {
    const speech = port.speech();
    if (speech === undefined) {
        return [];
    }
    // HTTP is merged, and TLS told apart by its hosts; of TCP there is nothing to tell.
    const others = SPEECHES.filter((other) => other !== speech || speech === "TCP");
    const rival = firstBeside(
        stack,
        port,
        others.flatMap((other) => bySpeech.get(`${port.place()} ${other}`)),
        settings,
        (other) => others.some((one) => one === other.speech()),
    );
    return rival === undefined
        ? []
        : [
              port.protocol.finding(
                  `${nameOf(rival, port)} has ${rival.protocol.text() ?? ""} on port ${port.place().trim()} of the same pods, and only the older of both is served`,
                  "one protocol is allowed on a port, and of TCP one server",
              ),
          ];
}

/** Whether two ports for one host are in each other's way: HTTP is merged where both redirect, or neither does. @throws UnknownValue */
function areRivals(one: Port, other: Port): boolean {
    const speech = one.speech();
    return (
        speech === other.speech() &&
        (speech === "TLS" || (speech === "HTTP" && one.redirects() !== other.redirects()))
    );
}

function checkHost(
    stack: Stack,
    port: Port,
    [host, field]: readonly [string, Field],
    { byHost }: Ports,
    settings: Settings,
): Finding[] {
    const rival = firstBeside(
        stack,
        port,
        byHost.get(`${port.place()} ${host}`),
        settings,
        (other) => areRivals(other, port) && other.hosts().some(([another]) => another === host),
    );
    const what =
        port.speech() === "TLS" ? "only the older of both is served" : "only one of both redirects";
    return rival === undefined
        ? []
        : [
              field.finding(
                  `${nameOf(rival, port)} has ${host} on port ${port.place().trim()} of the same pods as well, and ${what}`,
                  "one server for a host and port is allowed",
              ),
          ];
}

/** One server says how a host is served. */
export const gatewayDisallowRivalServer: StackRule = {
    name: "istio-gateway-disallow-rival-server",
    severity: "high",
    level: "mandatory",
    description:
        "A port of a gateway's pods speaks one protocol, and one server there has a host. Otherwise Istio serves the older of both and drops the other without a word: its certificate, its demand for client certificates and all of its routes.",
    remediation: [
        "Give both VirtualServices the one Gateway that has the host; it may be named as <namespace>/<name>.",
        "Serve HTTP and HTTPS on two ports.",
        "Give a gateway of its own, with its own labels, to what needs other settings.",
    ],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0145/",
    exemptible: "everywhere",
    selects: [GATEWAY, ...GATEWAY_API_SERVING, WORKLOADS, ...HELM],
    checkStack: (stack, { settings }) => {
        const ports: Ports = {
            bySpeech: portsBy(stack, (port) => [`${port.place()} ${port.speech() ?? ""}`]),
            byHost: portsBy(stack, (port) =>
                port.hosts().map(([host]) => `${port.place()} ${host}`),
            ),
        };
        return each(
            () => portsOf(stack),
            (port) => {
                const clashes = judgements(() => checkSpeech(stack, port, ports, settings));
                return clashes.length > 0
                    ? clashes
                    : each(
                          () => port.hosts(),
                          (host) => checkHost(stack, port, host, ports, settings),
                      );
            },
        );
    },
};
