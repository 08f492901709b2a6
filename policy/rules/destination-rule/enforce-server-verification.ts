import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { DESTINATION_RULE, SERVICE_ENTRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { isOutside, namesServer, originatesTls } from "../../tls-origination.ts";
import { trafficPolicies } from "../../traffic-policy.ts";

function checkSkip(tls: Field): Finding[] {
    const skip = tls.at("insecureSkipVerify");
    return skip.flag() === true
        ? [skip.finding("true accepts every certificate", "only false, or nothing, is allowed")]
        : [];
}

/** With `sni` set Istio no longer compares the certificate with the name that is asked for. */
function checkName(tls: Field, stack: Stack, settings: Settings): Finding[] {
    const sni = tls.at("sni").text() ?? "";
    return sni === "" ||
        !originatesTls(tls) ||
        !isOutside(tls.object, stack, settings) ||
        namesServer(tls, stack, settings)
        ? []
        : [
              tls
                  .at("subjectAltNames")
                  .finding(
                      `none beside sni ${sni}, so a certificate for any name is accepted`,
                      "the server's names are required",
                  ),
          ];
}

/** Whoever the mesh sends data to over TLS has proved who it is. */
export const destinationRuleEnforceServerVerification: StackRule = {
    name: "istio-destination-rule-enforce-server-verification",
    severity: "critical",
    level: "mandatory",
    description:
        "TLS that a proxy starts towards a host outside the mesh verifies the server: its certificate, and the name in it. Otherwise anybody with some certificate of the same authority can stand in for the server and read everything.",
    remediation: [
        "Remove insecureSkipVerify; name a private authority in caCertificates or credentialName instead.",
        "Set tls.subjectAltNames to the server's names wherever tls.sni is set.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#configure-tls-verification-in-destination-rule-when-using-tls-origination",
    exemptible: "outside production",
    selects: [DESTINATION_RULE, SERVICE_ENTRY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(DESTINATION_RULE),
            (rule) =>
                each(
                    () => trafficPolicies(rule),
                    (policy) =>
                        judgements(
                            () => checkSkip(policy.at("tls")),
                            () => checkName(policy.at("tls"), stack, settings),
                        ),
                ),
        ),
};
