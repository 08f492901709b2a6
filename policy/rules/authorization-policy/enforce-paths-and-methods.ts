import { actionOf, eachRule, isForGateway, operationsOf } from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const ALLOWED = "an ALLOW names the paths and methods of HTTP, or only the ports of TCP";
const EVERYTHING: Readonly<Record<"paths" | "methods", readonly string[]>> = {
    paths: ["*", "/*", "/{**}"],
    methods: ["*"],
};

function has(operation: Field, ...keys: readonly string[]): boolean {
    return keys.some((key) => operation.at(key).items().length > 0);
}

function checkList(operation: Field, key: "paths" | "methods"): Finding[] {
    const field = operation.at(key);
    // What is matched by leaving something out is another rule's finding.
    if (!has(operation, key, key === "paths" ? "notPaths" : "notMethods")) {
        return [field.finding(`no ${key} stands for all of them`, ALLOWED)];
    }
    return each(
        () => field.items(),
        (item) => {
            const text = item.text() ?? "";
            return EVERYTHING[key].includes(text)
                ? [item.finding(`${text} stands for all ${key}`, ALLOWED)]
                : [];
        },
    );
}

function checkOperation(operation: Field): Finding[] {
    const http = ["hosts", "notHosts", "paths", "notPaths", "methods", "notMethods"];
    if (has(operation, "ports") && !has(operation, ...http)) {
        return [];
    }
    return judgements(
        () => checkList(operation, "paths"),
        () => checkList(operation, "methods"),
    );
}

function checkRule(rule: Field): Finding[] {
    return operationsOf(rule).length === 0
        ? [rule.at("to").finding("no operation lets the caller do everything", ALLOWED)]
        : each(() => operationsOf(rule), checkOperation);
}

/** A caller may do what it is there for, and nothing else. */
export const authorizationPolicyEnforcePathsAndMethods: ObjectRule = {
    name: "istio-authorization-policy-enforce-paths-and-methods",
    severity: "high",
    level: "mandatory",
    description:
        "An ALLOW on HTTP names paths and methods. Otherwise a caller that needs one request may make every other one too, and so may whoever has taken it over.",
    remediation: [
        "Name paths and methods in every spec.rules[].to[].operation.",
        "For traffic that is not HTTP name the ports, and nothing of HTTP beside them.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy, { settings }) =>
        actionOf(policy) !== "ALLOW" || isForGateway(policy, settings)
            ? []
            : eachRule(policy, checkRule),
};
