import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { fullHost, isMeshHost } from "../../hosts.ts";
import { DESTINATION_RULE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const ALLOWED = "only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh";
const WEAKER: Readonly<Record<string, string>> = {
    DISABLE: "DISABLE sends plaintext",
    SIMPLE: "SIMPLE shows no identity of the caller",
    MUTUAL: "MUTUAL shows a certificate that is not the mesh's",
};

function checkTls(policy: Field): Finding[] {
    const mode = policy.at("tls", "mode");
    // Without a mode, and with an unwritten one, the field's first value holds: DISABLE.
    const given = mode.text() ?? (policy.at("tls").exists ? "DISABLE" : "");
    const weaker = WEAKER[given];
    return weaker === undefined ? [] : [mode.finding(weaker, ALLOWED)];
}

/** A traffic policy, and what it says of single ports. */
function checkPolicy(policy: Field): Finding[] {
    return [
        ...judgements(() => checkTls(policy)),
        ...each(() => policy.at("portLevelSettings").items(), checkTls),
    ];
}

/** No client of the mesh is told to call another one without mutual TLS. */
export const destinationRuleDisallowPlaintext: ObjectRule = {
    name: "istio-destination-rule-disallow-plaintext",
    severity: "critical",
    level: "mandatory",
    description:
        "No DestinationRule turns mutual TLS off for a host of the mesh. Otherwise its callers send plaintext that anybody on the network reads, and a STRICT server refuses them.",
    remediation: [
        "Set tls.mode to ISTIO_MUTUAL, or remove tls: Istio then uses mutual TLS by itself.",
        "Look at spec.trafficPolicy, its portLevelSettings, and the same fields of every subset.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
    exemptible: "outside production",
    selects: [DESTINATION_RULE],
    checkObject: ({ root, namespace }, { settings }) => {
        const spec = root.at("spec");
        const host = fullHost(spec.at("host").text() ?? "*", namespace, settings);
        if (!isMeshHost(host, settings)) {
            return [];
        }
        return [
            ...checkPolicy(spec.at("trafficPolicy")),
            ...each(
                () => spec.at("subsets").items(),
                (subset) => checkPolicy(subset.at("trafficPolicy")),
            ),
        ];
    },
};
