import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import {
    edgeListeners,
    GATEWAY_API_SERVING,
    LISTENER_HOLDERS,
    protocolOf,
    routeRules,
    routesAt,
    sendsOn,
} from "../../gateway-api.ts";
import { GATEWAY } from "../../kinds.ts";
import { Unknown } from "../../known.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf } from "../../search.ts";
import type { Stack } from "../../stack.ts";

/** Protocols that a gateway speaks without TLS, as Istio reads them: in any case. */
const PLAIN: readonly string[] = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

const ROUTED_ELSEWHERE = new Unknown(
    "cannot be judged; no route of this stack belongs to this listener, and in production one may only redirect to https",
);

function checkServer(server: Field): Finding[] {
    const protocol = server.at("port", "protocol");
    const plain = protocol.text() ?? "";
    return PLAIN.includes(plain.toUpperCase()) && server.at("tls", "httpsRedirect").flag() !== true
        ? [
              protocol.finding(
                  `${plain} is served in plaintext`,
                  "in production HTTP may only redirect (tls.httpsRedirect: true)",
              ),
          ]
        : [];
}

/** A listener of Kubernetes' API redirects where its routes do. */
function checkListener(stack: Stack, listener: Field): Finding[] {
    if (protocolOf(listener) !== "HTTP") {
        return [];
    }
    const routes = routesAt(stack, listener);
    const place = listener.at("protocol");
    if (routes.length === 0) {
        return [place.undecided(ROUTED_ELSEWHERE)];
    }
    const sending = firstOf(routes, (route) => firstOf(routeRules(route), sendsOn) !== undefined);
    return sending === undefined
        ? []
        : [
              place.finding(
                  `HTTP is served in plaintext to ${sending.label}`,
                  "in production HTTP may only redirect (a RequestRedirect to https in every rule)",
              ),
          ];
}

/** In production nothing is served in plaintext. */
export const gatewayEnforceHttps: StackRule = {
    name: "istio-gateway-enforce-https",
    severity: "high",
    level: "mandatory",
    description:
        "In production a gateway's HTTP servers only redirect to HTTPS. Otherwise passwords, cookies and orders cross the network in plaintext, and nobody notices.",
    remediation: [
        "Set tls.httpsRedirect: true on the HTTP server, beside an HTTPS server for the same hosts.",
        "At a Gateway of Kubernetes' API give the HTTP listener one HTTPRoute, whose filter RequestRedirect has scheme https; name the HTTPS listener in the sectionName of every other route.",
        "At an egress gateway use protocol HTTPS with tls.mode ISTIO_MUTUAL.",
        "A stack without real users says so with production: false in the pack's settings.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-https_redirect",
    exemptible: "everywhere",
    selects: [GATEWAY, ...GATEWAY_API_SERVING],
    checkStack: (stack, { settings: { production } }) => {
        const ofIstio = ({ root }: KubernetesObject): Finding[] =>
            each(() => root.at("spec", "servers").items(), checkServer);
        const ofKubernetes = (holder: KubernetesObject): Finding[] =>
            each(
                () => edgeListeners(stack, holder),
                (listener) => checkListener(stack, listener),
            );
        return production
            ? [
                  ...each(() => stack.of(GATEWAY), ofIstio),
                  ...each(() => stack.of(...LISTENER_HOLDERS), ofKubernetes),
              ]
            : [];
    },
};
