import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import {
    edgeListeners,
    GATEWAY_API_SERVING,
    holderNamed,
    isHolderKind,
    LISTENER_HOLDERS,
    parentsOf,
    protocolOf,
} from "../../gateway-api.ts";
import type { Parent } from "../../gateway-api.ts";
import { isAnyHost } from "../../hosts.ts";
import { GATEWAY, GATEWAY_API_ROUTES, HTTP_ROUTE } from "../../kinds.ts";
import { Unknown } from "../../known.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";

const NAMES_NEEDED = "names are needed, or a domain such as *.example.com";

function checkHost(host: Field): Finding[] {
    const text = host.text() ?? "";
    const whose = text.endsWith("*") ? "" : " of a domain that is nobody's";
    return isAnyHost(text.split("/").at(-1) ?? "")
        ? [host.finding(`${text} is every host${whose}`, NAMES_NEEDED)]
        : [];
}

/** Protocols of Kubernetes' API in which a client names the host that it wants. */
const NAMING: readonly string[] = ["HTTP", "HTTPS", "TLS"];

function checkListener(listener: Field): Finding[] {
    const hostname = listener.at("hostname");
    return NAMING.includes(protocolOf(listener)) && ["", "*"].includes(hostname.text() ?? "")
        ? [hostname.finding("no hostname stands for every host", NAMES_NEEDED)]
        : [];
}

const ANOTHER_STACKS_HOSTS = new Unknown(
    "cannot be judged; the listener is another stack's, and a route without hostnames takes every host of it",
);

/** A route without hostnames takes those of its listeners. */
function checkRoute(stack: Stack, route: KubernetesObject): Finding[] {
    const hostnames = route.root.at("spec", "hostnames");
    const isElsewhere = (parent: Parent): boolean =>
        isHolderKind(parent.kind) && holderNamed(stack, parent) === undefined;
    return hostnames.items().length === 0 &&
        route.kind === HTTP_ROUTE.kind &&
        parentsOf(route).some(isElsewhere)
        ? [hostnames.undecided(ANOTHER_STACKS_HOSTS)]
        : each(() => hostnames.items(), checkHost);
}

/** A gateway serves the names that it was given. */
export const gatewayDisallowAnyHost: StackRule = {
    name: "istio-gateway-disallow-any-host",
    severity: "high",
    level: "mandatory",
    description:
        "A gateway's servers name their hosts, at least by domain. Otherwise any VirtualService that may use the gateway can serve any name there, also one that belongs to another team.",
    remediation: [
        "Replace * by the names that are served, or by a domain such as *.example.com.",
        "Give each listener of Kubernetes' API a hostname.",
        "A namespace before the name, such as a4co/*, only limits who may serve; it names no host.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/gateway/#Server-hosts",
    exemptible: "everywhere",
    selects: [GATEWAY, ...GATEWAY_API_SERVING],
    checkStack: (stack) => [
        ...each(
            () => stack.of(GATEWAY),
            ({ root }) =>
                each(
                    () => root.at("spec", "servers").items(),
                    (server) => each(() => server.at("hosts").items(), checkHost),
                ),
        ),
        ...each(
            () => stack.of(...LISTENER_HOLDERS),
            (holder) => each(() => edgeListeners(stack, holder), checkListener),
        ),
        ...each(
            () => stack.of(...GATEWAY_API_ROUTES),
            (route) => checkRoute(stack, route),
        ),
    ],
};
