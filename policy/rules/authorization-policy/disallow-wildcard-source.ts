import {
    actionOf,
    conditionsLike,
    eachRule,
    IDENTITY_FIELDS,
    keyOf,
    namedIn,
    sourcesOf,
} from "../../authorization.ts";
import type { SourceField } from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { isForGateway } from "../../gateways.ts";
import { trustDomainsOf } from "../../identity.ts";
import { coverEverything, rangeFrom } from "../../ip-range.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const FULL = "only full names are allowed";
const ADDRESSES: readonly SourceField[] = ["ipBlocks", "remoteIpBlocks"];

function checkIdentity(field: Field): Finding[] {
    const text = field.text() ?? "";
    return text.includes("*")
        ? [
              field.finding(
                  text === "*"
                      ? "* lets in everybody with an identity of the mesh"
                      : `${text} lets in callers that nobody has named`,
                  FULL,
              ),
          ]
        : [];
}

/** The mesh of somebody else may be named as a whole; one's own is everybody. */
function checkTrustDomain(field: Field, own: () => readonly string[]): Finding[] {
    const text = field.text() ?? "";
    if (text.includes("*")) {
        return checkIdentity(field);
    }
    return own().includes(text)
        ? [
              field.finding(
                  `${text} is the mesh's own trust domain, which lets in everybody with an identity of the mesh`,
                  "principals, namespaces or serviceAccounts are needed",
              ),
          ]
        : [];
}

/** Nobody can list users by name; who vouches for them can be named in full. */
function checkRequestPrincipal(field: Field): Finding[] {
    const text = field.text() ?? "";
    return text.includes("*") && !/^[^*]*[^*/]\/\*$/.test(text)
        ? [
              field.finding(
                  `${text} lets in everybody with a token, whoever has issued it`,
                  "<issuer>/<subject> or <issuer>/* is needed, or the caller's principal beside it",
              ),
          ]
        : [];
}

function checkAddresses(list: Field): Finding[] {
    const findings = each(
        () => list.items(),
        (field) => {
            const text = field.text() ?? "";
            return /\/0+$/.test(text)
                ? [
                      field.finding(
                          `${text} lets in every address`,
                          "only smaller ranges are allowed",
                      ),
                  ]
                : [];
        },
    );
    return findings.length > 0 ||
        !coverEverything(list.texts().flatMap((text) => rangeFrom(text) ?? []))
        ? findings
        : [
              list.finding(
                  `${list.texts().join(", ")} together let in every address`,
                  "only smaller ranges are allowed",
              ),
          ];
}

/** Whether every caller that one of the lists lets in is also named by an identity, or by a claim of the token. */
function isNamedBeside(rule: Field, list: Field): boolean {
    const names = (source: Field): boolean =>
        IDENTITY_FIELDS.some((field) => source.at(field).items().length > 0);
    const sources = sourcesOf(rule);
    const own = sources.find(({ path }) => list.path.startsWith(`${path}.`));
    return (
        IDENTITY_FIELDS.some((field) =>
            some(conditionsLike(rule, field), (one) => one.at("values").items().length > 0),
        ) || (own === undefined ? sources.length > 0 && sources.every(names) : names(own))
    );
}

/** Whether a rule asks for a claim of the token, which narrows a pattern of its principals. */
function hasClaim(rule: Field): boolean {
    return some(
        rule.at("when").items(),
        (condition) =>
            keyOf(condition).startsWith("request.auth.claims[") &&
            some(condition.at("values").items(), (value) => value.text() !== "*"),
    );
}

function checkLists(
    rule: Field,
    fields: readonly SourceField[],
    check: (list: Field) => readonly Finding[],
): Finding[] {
    return each(
        () => fields,
        (field) => each(() => namedIn(rule, field), check),
    );
}

function checkItems(list: Field, check: (field: Field) => readonly Finding[]): Finding[] {
    return each(() => list.items(), check);
}

/** What ingress gateways are open to as well: everybody who has a token, or an address. */
function checkOpen(rule: Field): Finding[] {
    return [
        ...checkLists(rule, ADDRESSES, checkAddresses),
        ...checkLists(rule, ["requestPrincipals"], (list) => {
            const findings = checkItems(list, checkRequestPrincipal);
            return findings.length > 0 && (hasClaim(rule) || isNamedBeside(rule, list))
                ? []
                : findings;
        }),
    ];
}

function checkNames(stack: Stack, rule: Field, settings: Settings): Finding[] {
    return [
        ...checkLists(rule, IDENTITY_FIELDS, (list) => checkItems(list, checkIdentity)),
        ...checkLists(rule, ["trustDomains"], (list) => {
            const findings = checkItems(list, (field) =>
                checkTrustDomain(field, () => trustDomainsOf(stack, settings)),
            );
            return findings.length > 0 && isNamedBeside(rule, list) ? [] : findings;
        }),
    ];
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    if (actionOf(policy) !== "ALLOW") {
        return [];
    }
    return judgements(
        () => eachRule(policy, (rule) => checkNames(stack, rule, settings)),
        () => {
            const findings = eachRule(policy, checkOpen);
            return findings.length > 0 && isForGateway(stack, policy, settings) ? [] : findings;
        },
    );
}

/** Callers are let in by name, not by pattern. */
export const authorizationPolicyDisallowWildcardSource: StackRule = {
    name: "istio-authorization-policy-disallow-wildcard-source",
    severity: "critical",
    level: "mandatory",
    description:
        "No ALLOW policy names its callers by a wildcard, nor by all of the mesh or all addresses. Otherwise every pod that anybody starts in a fitting namespace is let in, and a single compromised workload reaches all others.",
    remediation: [
        "Replace the pattern by the full principals of the callers that are meant.",
        "Where a whole namespace is meant, name it in full in source.namespaces.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
