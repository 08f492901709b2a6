import { areSeenTogether } from "../../export.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { fullHost } from "../../hosts.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { shareMatch } from "../../request-match.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import { indexOf } from "../../stack.ts";
import type { Index, Stack } from "../../stack.ts";

const PROTOCOLS: readonly string[] = ["http", "tls", "tcp"];

function hostOf(field: Field, settings: Settings): string {
    const text = field.text() ?? "";
    return text.includes(".") ? text : fullHost(text, field.object.namespace, settings);
}

/** The gateways that a VirtualService is bound to, in full. @throws UnknownValue */
function gatewaysOf({ root, namespace }: KubernetesObject): readonly string[] {
    const named = root.at("spec", "gateways").texts();
    return (named.length === 0 ? ["mesh"] : named).map((name) =>
        name === "mesh" || name.includes("/") ? name : `${namespace}/${name}`,
    );
}

/** Whether two VirtualServices for one host are in each other's way: at a gateway Istio merges them. @throws UnknownValue */
function areRivals(one: KubernetesObject, other: KubernetesObject): boolean {
    const shared = gatewaysOf(one).filter((gateway) => gatewaysOf(other).includes(gateway));
    const protocols = PROTOCOLS.filter((protocol) =>
        [one, other].every(({ root }) => root.at("spec", protocol).items().length > 0),
    );
    if (shared.length === 0 || protocols.length === 0 || !areSeenTogether(one, other)) {
        return false;
    }
    return (
        shared.includes("mesh") ||
        protocols.some((protocol) =>
            one.root
                .at("spec", protocol)
                .items()
                .some((route) =>
                    other.root
                        .at("spec", protocol)
                        .items()
                        .some((another) => shareMatch(route, another)),
                ),
        )
    );
}

function byHost(stack: Stack, settings: Settings): Index<KubernetesObject> {
    return indexOf(stack.of(VIRTUAL_SERVICE), ({ root }) =>
        root
            .at("spec", "hosts")
            .items()
            .map((field) => hostOf(field, settings)),
    );
}

/** What is wrong with a host of a VirtualService, beside those before it in the stack. */
function checkHost(
    field: Field,
    index: Index<KubernetesObject>,
    settings: Settings,
): readonly Finding[] {
    const service = field.object;
    const host = hostOf(field, settings);
    const all = index.get(host);
    const rival = all
        .slice(0, all.indexOf(service))
        .find(
            (other) =>
                some(
                    other.root.at("spec", "hosts").items(),
                    (another) => hostOf(another, settings) === host,
                ) && areRivals(other, service),
        );
    return rival === undefined
        ? []
        : [
              field.finding(
                  `${rival.label} routes ${host} as well, and only the older of both is followed`,
                  "one VirtualService for a host is allowed",
              ),
          ];
}

/** One object says where the calls of a host go. */
export const virtualServiceDisallowRivalHost: StackRule = {
    name: "istio-virtual-service-disallow-rival-host",
    severity: "high",
    level: "mandatory",
    description:
        "One VirtualService routes a host for the sidecars that see it, and at a gateway no two take the same requests. Otherwise the older one is followed, and the timeouts, retries and routes of the other are those of nobody.",
    remediation: [
        "Put all routes of a host into one VirtualService; parts of it may be delegates.",
        "Or keep each to its own namespace with exportTo: [.].",
    ],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0109/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkStack: (stack, { settings }) => {
        const index = byHost(stack, settings);
        return each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) =>
                each(
                    () => service.root.at("spec", "hosts").items(),
                    (field) => checkHost(field, index, settings),
                ),
        );
    },
};
