import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { PEER_AUTHENTICATION } from "../../kinds.ts";
import type { Context, ObjectRule } from "../../rule.ts";

const ALLOWED = "only STRICT is allowed";
const WEAKER: Readonly<Record<string, string>> = {
    PERMISSIVE: "PERMISSIVE also accepts plaintext",
    DISABLE: "DISABLE turns mutual TLS off",
};

function checkMode(mode: Field): Finding[] {
    const weaker = WEAKER[mode.text() ?? ""];
    return weaker === undefined ? [] : [mode.finding(weaker, ALLOWED)];
}

/** Without a mode the parent's holds; the mesh-wide policy has no parent, and Istio's own default is PERMISSIVE. */
function checkRoot(object: KubernetesObject, { settings }: Context): Finding[] {
    const mode = object.root.at("spec", "mtls", "mode");
    const isRoot =
        object.namespace === settings.rootNamespace &&
        object.root.at("spec", "selector", "matchLabels").entries().length === 0;
    return isRoot && ["", "UNSET"].includes(mode.text() ?? "")
        ? [mode.finding("no mode for the mesh falls back to PERMISSIVE", ALLOWED)]
        : [];
}

/** No policy accepts plaintext, for a workload or for one of its ports. */
export const peerAuthenticationEnforceStrict: ObjectRule = {
    name: "istio-peer-authentication-enforce-strict",
    severity: "critical",
    level: "mandatory",
    description:
        "Every PeerAuthentication requires STRICT, for all of its ports. Otherwise anything that reaches the pod's network may call it without an identity, and policies that name callers judge nobody.",
    remediation: [
        "Set spec.mtls.mode to STRICT.",
        "Set every entry of spec.portLevelMtls to STRICT, or remove it.",
        "Give a caller outside the mesh a sidecar, or let it in through a gateway.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
    exemptible: "outside production",
    selects: [PEER_AUTHENTICATION],
    checkObject: (object, context) => [
        ...judgements(() => checkMode(object.root.at("spec", "mtls", "mode"))),
        ...judgements(() => checkRoot(object, context)),
        ...each(
            () => object.root.at("spec", "portLevelMtls").entries(),
            ([, port]) => checkMode(port.at("mode")),
        ),
    ],
};
