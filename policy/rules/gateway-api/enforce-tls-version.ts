import { each } from "../../finding.ts";
import { edgeListeners, GATEWAY_API_SERVING, LISTENER_HOLDERS } from "../../gateway-api.ts";
import { GATEWAY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { checkVersions } from "../../tls-version.ts";

/** How options of a listener begin by which a version of TLS is asked for. */
const OPTION = "gateway.istio.io/tls";

/** Nobody asks for a protocol that is broken. */
export const gatewayApiEnforceTlsVersion: StackRule = {
    name: "istio-gateway-api-enforce-tls-version",
    severity: "high",
    level: "mandatory",
    description:
        "No listener of Kubernetes' Gateway API asks for less than TLS 1.2. Otherwise an attacker on the way can push a client down to a version whose ciphers are broken, as soon as the option is read.",
    remediation: [
        "Set the option gateway.istio.io/tls-min-protocol-version to TLSV1_2 or TLSV1_3, or remove it: Istio's default is TLSV1_2.",
        "Remove the option gateway.istio.io/tls-max-protocol-version, or set it to TLSV1_3.",
    ],
    url: "https://gateway-api.sigs.k8s.io/guides/tls/#tls-options",
    exemptible: "everywhere",
    // Istio's own Gateways say it elsewhere, and another rule judges them.
    selects: [GATEWAY, ...GATEWAY_API_SERVING],
    checkStack: (stack) =>
        each(
            () => stack.of(...LISTENER_HOLDERS),
            (holder) =>
                each(
                    () => edgeListeners(stack, holder),
                    (listener) =>
                        checkVersions(
                            listener.at("tls", "options", `${OPTION}-min-protocol-version`),
                            listener.at("tls", "options", `${OPTION}-max-protocol-version`),
                        ),
                ),
        ),
};
