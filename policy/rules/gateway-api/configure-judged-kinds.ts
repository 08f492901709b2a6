import { each } from "../../finding.ts";
import { LISTENER_HOLDERS } from "../../gateway-api.ts";
import {
    GATEWAY,
    GATEWAY_API_KINDS,
    GATEWAY_API_ROUTES,
    GATEWAY_CLASS,
    REFERENCE_GRANT,
    VIRTUAL_SERVICE,
} from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Kinds that the other rules look at. */
const JUDGED: ReadonlySet<string | undefined> = new Set(
    [
        GATEWAY,
        VIRTUAL_SERVICE,
        ...LISTENER_HOLDERS,
        ...GATEWAY_API_ROUTES,
        GATEWAY_CLASS,
        REFERENCE_GRANT,
    ].map(({ kind }) => kind),
);

/** What no rule looks at is said. */
export const gatewayApiConfigureJudgedKinds: ObjectRule = {
    name: "istio-gateway-api-configure-judged-kinds",
    severity: "low",
    // Nothing is wrong with it that anybody knows of.
    level: "advisory",
    description:
        "What lets traffic in and routes it, of Istio's API or Kubernetes' Gateway API, is of kinds that Istio reads and this pack judges. Otherwise they do nothing, as a UDPRoute does, or nobody has looked at what they do.",
    remediation: [
        "Use HTTPRoute, GRPCRoute, TLSRoute or TCPRoute for routes, and a DestinationRule for how a host is called.",
        "Or look at it yourself, and exempt the object.",
    ],
    url: "https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/",
    exemptible: "everywhere",
    selects: [GATEWAY, VIRTUAL_SERVICE, ...GATEWAY_API_KINDS],
    checkObject: ({ kind, root }) =>
        each(
            () => (JUDGED.has(kind) ? [] : [root]),
            (object) => [
                object.finding(
                    kind === "UDPRoute"
                        ? "Istio reads no UDPRoute"
                        : `${kind} is judged by no rule`,
                    "somebody should look at what it does",
                ),
            ],
        ),
};
