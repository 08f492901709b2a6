import { areSeenTogether } from "../../export.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { textsOf } from "../../gateways.ts";
import { SERVICE, SERVICE_ENTRY } from "../../kinds.ts";
import { serviceOf } from "../../replicas.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf } from "../../search.ts";
import type { Settings } from "../../settings.ts";
import { indexOf } from "../../stack.ts";
import type { Index, Stack } from "../../stack.ts";

/** What a ServiceEntry says of a host, as texts that can be compared. */
type Sayings = Readonly<Record<"endpoints" | "location" | "ports" | "resolution", string>>;

function portTexts({
    root,
}: KubernetesObject): readonly (readonly [number: string, rest: string])[] {
    return root
        .at("spec", "ports")
        .items()
        .map((port) => [
            port.at("number").text() ?? "",
            `${port.at("protocol").text()?.toUpperCase() ?? ""} ${port.at("targetPort").text() ?? ""}`,
        ]);
}

/** @throws UnknownValue */
function sayingsOf(entry: KubernetesObject): Sayings {
    const spec = entry.root.at("spec");
    const selector = textsOf(spec.at("workloadSelector", "labels"));
    const addresses = spec
        .at("endpoints")
        .items()
        .map((endpoint) => endpoint.at("address").text() ?? "");
    return {
        ports: JSON.stringify([...portTexts(entry)].sort()),
        resolution: spec.at("resolution").text() ?? "NONE",
        endpoints: JSON.stringify([[...addresses].sort(), selector]),
        location: spec.at("location").text() ?? "MESH_EXTERNAL",
    };
}

/** What decides whether Istio puts two into one: beside the host all of this is the same. @throws UnknownValue */
function mergedAs(entry: KubernetesObject): string {
    const { namespace, root } = entry;
    const spec = root.at("spec");
    return JSON.stringify([
        namespace,
        sayingsOf(entry).resolution,
        [...spec.at("exportTo").texts()].sort(),
        textsOf(root.at("metadata", "labels")),
        textsOf(spec.at("workloadSelector", "labels")),
    ]);
}

/** In what two ServiceEntries for one host disagree, so that what one says is lost. @throws UnknownValue */
function disagreement(one: KubernetesObject, other: KubernetesObject): string | undefined {
    if (mergedAs(one) === mergedAs(other)) {
        const ports = new Map(portTexts(other));
        const clash = portTexts(one).find(([number, rest]) => (ports.get(number) ?? rest) !== rest);
        return clash === undefined ? undefined : `another protocol on port ${clash[0]}`;
    }
    const [said, others] = [sayingsOf(one), sayingsOf(other)];
    const what = (["ports", "resolution", "endpoints", "location"] as const).filter(
        (key) => said[key] !== others[key],
    );
    return what.length === 0 ? undefined : `other ${what.join(", ")}`;
}

function checkHost(
    host: Field,
    index: Index<KubernetesObject>,
    stack: Stack,
    settings: Settings,
): Finding[] {
    const entry = host.object;
    const name = host.text() ?? "";
    const service = serviceOf(stack, name, settings);
    if (service !== undefined && service.root.at("spec", "type").text() !== "ExternalName") {
        return [
            host.finding(
                `${service.label} has this host and goes first, so what stands here is not read`,
                "a host that no Service has is allowed",
            ),
        ];
    }
    const all = index.get(name);
    const isSame = (other: KubernetesObject): boolean =>
        other.root.at("spec", "hosts").texts().includes(name);
    const rival = firstOf(
        all.slice(0, Math.max(0, all.indexOf(entry))),
        (other) =>
            isSame(other) &&
            areSeenTogether(other, entry) &&
            disagreement(other, entry) !== undefined,
    );
    return rival === undefined
        ? []
        : [
              host.finding(
                  `${rival.label} has ${name} with ${disagreement(rival, entry) ?? ""}, and a caller takes one of both`,
                  "one ServiceEntry for a host is allowed",
              ),
          ];
}

/** One object says what a host outside the mesh is. */
export const serviceEntryDisallowRivalHost: StackRule = {
    name: "istio-service-entry-disallow-rival-host",
    severity: "high",
    level: "mandatory",
    description:
        "A host stands in one ServiceEntry that a caller sees, or in several that say the same, and in none where a Service has it. Otherwise the Service, or the older entry, holds, and the ports, protocols and addresses of the other are those of nobody.",
    remediation: [
        "Put all ports of a host into one ServiceEntry.",
        "Or keep each to its own namespace with exportTo: [.].",
        "To send calls of a Service elsewhere use a VirtualService.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/service-entry/",
    exemptible: "everywhere",
    selects: [SERVICE_ENTRY, SERVICE],
    checkStack: (stack, { settings }) => {
        const index = indexOf(stack.of(SERVICE_ENTRY), ({ root }) =>
            root.at("spec", "hosts").texts(),
        );
        return each(
            () => stack.of(SERVICE_ENTRY),
            ({ root }) =>
                each(
                    () => root.at("spec", "hosts").items(),
                    (host) => checkHost(host, index, stack, settings),
                ),
        );
    },
};
