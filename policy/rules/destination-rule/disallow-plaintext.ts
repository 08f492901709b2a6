import { ruleHost } from "../../destination-rules.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { DESTINATION_RULE } from "../../kinds.ts";
import { isMeshHost } from "../../mesh-host.ts";
import type { StackRule } from "../../rule.ts";

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

/** A rule, its ports, its subsets and their ports. What is unknown of one hides nothing of the others. */
function checkRule({ root }: KubernetesObject): readonly Finding[] {
    const spec = root.at("spec");
    const checkPolicy = (policy: Field): readonly Finding[] => [
        ...judgements(() => checkTls(policy)),
        ...each(() => policy.at("portLevelSettings").items(), checkTls),
    ];
    return [
        ...checkPolicy(spec.at("trafficPolicy")),
        ...each(
            () => spec.at("subsets").items(),
            (subset) => checkPolicy(subset.at("trafficPolicy")),
        ),
    ];
}

/** No client of the mesh is told to call another one without mutual TLS. */
export const destinationRuleDisallowPlaintext: StackRule = {
    name: "istio-destination-rule-disallow-plaintext",
    severity: "critical",
    level: "mandatory",
    description:
        "No DestinationRule turns mutual TLS off for a host of the mesh. Otherwise its callers send plaintext that anybody on the network reads, and a STRICT server refuses them.",
    remediation: [
        "Set tls.mode to ISTIO_MUTUAL, or remove tls: Istio then uses mutual TLS by itself.",
        "Look at spec.trafficPolicy, its portLevelSettings, and the same fields of every subset.",
        "For a server without a sidecar declare its Namespace without injection, or name it in unmeshedNamespaces.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
    exemptible: "outside production",
    selects: [DESTINATION_RULE],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(DESTINATION_RULE),
            (rule) => {
                const findings = checkRule(rule);
                return findings.length > 0 && isMeshHost(ruleHost(rule, settings), stack, settings)
                    ? findings
                    : [];
            },
        ),
};
