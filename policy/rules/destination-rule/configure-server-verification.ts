import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { DESTINATION_RULE, SERVICE_ENTRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { isOutside, namesServer, originatesTls } from "../../tls-origination.ts";
import { trafficPolicies } from "../../traffic-policy.ts";

function isAbsent(field: Field): boolean {
    return (field.text() ?? "") === "";
}

function checkAuthority(tls: Field): Finding[] {
    return isAbsent(tls.at("caCertificates")) && isAbsent(tls.at("credentialName"))
        ? [
              tls
                  .at("caCertificates")
                  .finding(
                      "no authority, so any public one may vouch for the server",
                      "a file, system, or a credentialName should be stated",
                  ),
          ]
        : [];
}

function checkName(tls: Field, stack: Stack, settings: Settings): Finding[] {
    return isAbsent(tls.at("sni")) && !namesServer(tls, stack, settings)
        ? [
              tls
                  .at("sni")
                  .finding(
                      "no name, so only HTTP is compared with the name that is asked for",
                      "sni and subjectAltNames should be stated",
                  ),
          ]
        : [];
}

/** What a server is verified against is written down, rather than left to Istio's version and the protocol. */
export const destinationRuleConfigureServerVerification: StackRule = {
    name: "istio-destination-rule-configure-server-verification",
    severity: "medium",
    // Istio fills both in for HTTP, so that nothing is open there: this only asks to say so.
    level: "advisory",
    description:
        "TLS that a proxy starts towards a host outside the mesh states its authority and the server's names. Otherwise the proxy's own bundle decides, and for anything but HTTP no name is compared at all.",
    remediation: [
        "Set tls.caCertificates to the authority's file, or to system for the public ones; or name a secret in tls.credentialName.",
        "Set tls.sni and tls.subjectAltNames to the server's name.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#configure-tls-verification-in-destination-rule-when-using-tls-origination",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE, SERVICE_ENTRY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(DESTINATION_RULE),
            (rule) =>
                each(
                    () => trafficPolicies(rule),
                    (policy) => {
                        const tls = policy.at("tls");
                        return originatesTls(tls) && isOutside(rule, stack, settings)
                            ? judgements(
                                  () => checkAuthority(tls),
                                  () => checkName(tls, stack, settings),
                              )
                            : [];
                    },
                ),
        ),
};
