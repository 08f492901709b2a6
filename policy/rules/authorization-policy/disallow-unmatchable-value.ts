import {
    actionOf,
    eachRule,
    exceptedIn,
    keyOf,
    namedIn,
    operationsOf,
    sourcesOf,
} from "../../authorization.ts";
import type { OperationField, SourceField } from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { rangeFrom } from "../../ip-range.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import { fits, hasLiteralStar, METHODS } from "../../string-match.ts";

/** What is wrong with a value, and what it may be instead; `undefined` where it can match. */
type Fault = readonly [there: string, allowed: string] | undefined;

const STAR = "one * is allowed, at the beginning or at the end";

function checkStar(text: string): Fault {
    return hasLiteralStar(text)
        ? [`${text} holds a * that stands for the character itself, so it fits nothing`, STAR]
        : undefined;
}

function checkMethod(text: string): Fault {
    const upper = text.toUpperCase();
    return METHODS.some((method) => fits(text, method))
        ? undefined
        : [
              `${text} is no HTTP method, so it fits no request`,
              METHODS.some((method) => fits(upper, method))
                  ? `${upper} is meant: methods are compared with their case`
                  : `the nearest is ${nearest(upper, METHODS) ?? ""}`,
          ];
}

/** Whether a path is written as a regular expression. `.*` at the end of a name may also be any file of that name. */
function isRegex(text: string): boolean {
    const choice = /\([^()|]*\|/.exec(text);
    return (
        /^\^|\$$|(^|\/)\.\*|\.\*.|\.\+|\\|\[[^[\]]*\]/.test(text) ||
        (choice !== null && text.includes(")", choice.index))
    );
}

/** A path with `{*}` or `{**}`, as Istio refuses it: with anything else in braces, and `{**}` before the end. */
function checkTemplate(text: string): Fault {
    const segments = text.replace(/^\/|\/$/g, "").split("/");
    const isWrong = segments.some(
        (segment, index) =>
            (segment === "{**}" && index < segments.length - 1) ||
            (/[{}*]/.test(segment) && !["{*}", "{**}"].includes(segment)),
    );
    return isWrong
        ? [
              `${text} is no path template that Istio takes`,
              "each {*} stands for one whole segment, and {**} for the rest, at the end",
          ]
        : undefined;
}

/** The path of a request, without its query. */
function checkPath(text: string): Fault {
    if (isRegex(text)) {
        return [
            `${text} is a regular expression, which is compared as plain text`,
            "a path, one * at its end or its beginning, {*} or {**} are allowed",
        ];
    }
    if (/^[a-z]+:\/\//i.test(text) || !/^[/*]/.test(text)) {
        return [`${text} is no path, so it fits no request`, "a path begins with /"];
    }
    if (/[?#]/.test(text)) {
        return [
            `${text} holds a query or a fragment, which are no part of the path, so it fits no request`,
            "the path alone is allowed",
        ];
    }
    if (/\/\.{1,2}(\/|$)/.test(text)) {
        return [
            `${text} holds . or .. as a segment, which no path has after normalization`,
            "the path that they lead to is allowed",
        ];
    }
    return /[{}]/.test(text) ? checkTemplate(text) : checkStar(text);
}

/** The whole `:path` of a request, with its query. */
function checkHeaderPath(text: string): Fault {
    return /^[/*]/.test(text)
        ? checkStar(text)
        : [`${text} is no path, so it fits no request`, "a path begins with /"];
}

function checkHost(text: string): Fault {
    return /[/?#\s^$\\()|]/.test(text)
        ? [
              `${text} is more than a host, so it fits no request`,
              "a host is allowed, with its port or without",
          ]
        : checkStar(text);
}

function checkPort(text: string): Fault {
    return /^\d+$/.test(text) && Number(text) > 0 && Number(text) <= 65535
        ? undefined
        : [`${text} is no port, and Istio refuses it`, "a number from 1 to 65535 is needed"];
}

function checkAddress(text: string): Fault {
    return rangeFrom(text) === undefined
        ? [
              `${text} is no address, and Istio refuses it`,
              "an address is needed, or a range such as 10.0.0.0/8",
          ]
        : undefined;
}

function checkNamespace(text: string): Fault {
    return /^[a-z\d*-]+$/.test(text)
        ? checkStar(text)
        : [
              `${text} can be no namespace, so it fits nobody`,
              "lower case, digits and - are allowed",
          ];
}

/** Names in full are known or not, which another rule tells. */
function checkPrincipal(text: string): Fault {
    return text.startsWith("spiffe://") && text.includes("*")
        ? [
              `${text} begins with spiffe://, which no principal does, so it fits nobody`,
              "leave it out",
          ]
        : checkStar(text);
}

function checkRequestPrincipal(text: string): Fault {
    return /[*/]/.test(text)
        ? checkStar(text)
        : [`${text} names no issuer, so it fits nobody`, "<issuer>/<subject> is needed"];
}

function checkServiceAccount(text: string): Fault {
    return text.includes("*") || text.split("/").length > 2
        ? [
              `${text} is no account, and Istio refuses it`,
              "<account> or <namespace>/<account> is needed",
          ]
        : undefined;
}

const CHECKS: Readonly<Record<OperationField | SourceField, (text: string) => Fault>> = {
    methods: checkMethod,
    paths: checkPath,
    hosts: checkHost,
    ports: checkPort,
    ipBlocks: checkAddress,
    remoteIpBlocks: checkAddress,
    namespaces: checkNamespace,
    principals: checkPrincipal,
    requestPrincipals: checkRequestPrincipal,
    serviceAccounts: checkServiceAccount,
    trustDomains: checkStar,
};
const FIELDS = Object.keys(CHECKS) as readonly (OperationField | SourceField)[];

/** Those whose patterns an ALLOW is refused for already. */
const REFUSED_PATTERNS: readonly string[] = [
    "namespaces",
    "principals",
    "serviceAccounts",
    "trustDomains",
];

function checkItem(field: Field, check: (text: string) => Fault): Finding[] {
    const text = field.text() ?? "";
    const fault: Fault =
        text === "" ? ["an empty value, which Istio refuses", "leave it out"] : check(text);
    return fault === undefined ? [] : [field.finding(...fault)];
}

function checkLists(policy: KubernetesObject, rule: Field): Finding[] {
    const isAllow = actionOf(policy) === "ALLOW";
    return each(
        () => FIELDS,
        (field) =>
            each(
                () => [...namedIn(rule, field), ...exceptedIn(rule, field)],
                (list) =>
                    each(
                        () => list.items(),
                        (item) =>
                            isAllow &&
                            REFUSED_PATTERNS.includes(field) &&
                            (item.text() ?? "").includes("*")
                                ? []
                                : checkItem(
                                      item,
                                      field === "paths" && list.path.includes(".when[")
                                          ? checkHeaderPath
                                          : CHECKS[field],
                                  ),
                    ),
            ),
    );
}

/** Keys of conditions that Istio takes, and those that take a name in brackets. */
const KEYS: readonly string[] = [
    "source.ip",
    "remote.ip",
    "source.namespace",
    "source.principal",
    "source.serviceAccount",
    "source.trustDomain",
    "request.auth.principal",
    "request.auth.audiences",
    "request.auth.presenter",
    "destination.ip",
    "destination.port",
    "connection.sni",
];
const KEYS_WITH_NAME = ["request.headers", "request.auth.claims", "experimental.envoy.filters"];

function isKey(key: string): boolean {
    return (
        KEYS.includes(key) ||
        (/^[^[\]]+\[.+\]$/.test(key) &&
            KEYS_WITH_NAME.some((name) => key.startsWith(`${name}[`) || key.startsWith(`${name}.`)))
    );
}

function checkCondition(condition: Field): Finding[] {
    const key = condition.at("key");
    const text = key.text() ?? "";
    if (!isKey(text)) {
        const known = [...KEYS, ...KEYS_WITH_NAME.map((name) => `${name}[<name>]`)];
        return [
            key.finding(
                `${text === "" ? "no key" : text} is nothing that Istio compares, and it refuses it`,
                `the nearest is ${nearest(text, known) ?? ""}`,
            ),
        ];
    }
    return some(["values", "notValues"], (list) => condition.at(list).items().length > 0)
        ? keyOf(condition) === "destination.ip"
            ? each(
                  () => [...condition.at("values").items(), ...condition.at("notValues").items()],
                  (item) => checkItem(item, checkAddress),
              )
            : []
        : [
              condition
                  .at("values")
                  .finding(
                      `no value of ${text}, and Istio refuses it`,
                      "values or notValues are needed",
                  ),
          ];
}

/** A source or an operation in which nothing is asked; that of an ALLOW is another rule's finding. */
function checkEmpty(policy: KubernetesObject, holder: Field): Finding[] {
    return actionOf(policy) === "ALLOW" ||
        some(holder.entries(), ([, field]) => field.items().length > 0)
        ? []
        : [
              holder.finding(
                  "names nothing, and Istio refuses it",
                  "at least one field with a value is needed",
              ),
          ];
}

/** Without rules an ALLOW denies everything, and every other policy does nothing. */
function checkTriggered(policy: KubernetesObject): Finding[] {
    const action = actionOf(policy);
    const rules = policy.root.at("spec", "rules");
    return action === "ALLOW" || rules.items().length > 0
        ? []
        : [
              rules.finding(
                  `${action} without rules fits no request`,
                  "an empty rule, {}, stands for every request",
              ),
          ];
}

/** What a policy asks for is something that a request can have. */
export const authorizationPolicyDisallowUnmatchableValue: ObjectRule = {
    name: "istio-authorization-policy-disallow-unmatchable-value",
    severity: "high",
    level: "mandatory",
    description:
        "Every value of an AuthorizationPolicy is one that a request can have, as Envoy compares it. Otherwise a DENY denies nobody, an ALLOW lets nobody in, what is left out is not left out, or Istio refuses the whole policy.",
    remediation: [
        "Write methods in upper case, paths from / on without their query, and hosts without a scheme.",
        "Write one * at an end of the value; there are no regular expressions.",
        "Take the keys of conditions from Istio's list.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/conditions/",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy) => [
        ...judgements(() => checkTriggered(policy)),
        ...eachRule(policy, (rule) =>
            judgements(
                () => checkLists(policy, rule),
                () => each(() => rule.at("when").items(), checkCondition),
                () =>
                    each(
                        () => [...sourcesOf(rule), ...operationsOf(rule)],
                        (holder) => checkEmpty(policy, holder),
                    ),
            ),
        ),
    ],
};
