import { actionOf, eachRule, isForGateway, namedIn } from "../../authorization.ts";
import type { SourceField } from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const IDENTITIES: readonly SourceField[] = ["principals", "namespaces", "serviceAccounts"];
const ADDRESSES: readonly SourceField[] = ["ipBlocks", "remoteIpBlocks"];

function checkIdentity(field: Field): Finding[] {
    const text = field.text() ?? "";
    return text.includes("*")
        ? [
              field.finding(
                  text === "*"
                      ? "* lets in everybody with an identity of the mesh"
                      : `${text} lets in callers that nobody has named`,
                  "only full names are allowed",
              ),
          ]
        : [];
}

function checkAddress(field: Field): Finding[] {
    const text = field.text() ?? "";
    return /\/0+$/.test(text)
        ? [field.finding(`${text} lets in every address`, "only smaller ranges are allowed")]
        : [];
}

function checkLists(
    rule: Field,
    fields: readonly SourceField[],
    check: (field: Field) => readonly Finding[],
): Finding[] {
    return each(
        () => fields,
        (field) =>
            each(
                () => namedIn(rule, field),
                (list) => each(() => list.items(), check),
            ),
    );
}

/** Callers are let in by name, not by pattern. */
export const authorizationPolicyDisallowWildcardSource: ObjectRule = {
    name: "istio-authorization-policy-disallow-wildcard-source",
    severity: "critical",
    level: "mandatory",
    description:
        "No ALLOW policy names its callers by a wildcard. Otherwise every pod that anybody starts in a fitting namespace is let in, and a single compromised workload reaches all others.",
    remediation: [
        "Replace the pattern by the full principals of the callers that are meant.",
        "Where a whole namespace is meant, name it in full in source.namespaces.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy, { settings }) =>
        actionOf(policy) !== "ALLOW"
            ? []
            : eachRule(policy, (rule) => [
                  ...checkLists(rule, IDENTITIES, checkIdentity),
                  ...(isForGateway(policy, settings)
                      ? []
                      : checkLists(rule, ADDRESSES, checkAddress)),
              ]),
};
