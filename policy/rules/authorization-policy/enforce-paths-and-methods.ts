import {
    actionOf,
    eachRule,
    conditionsLike,
    negative,
    OPERATION_FIELDS,
    operationsOf,
} from "../../authorization.ts";
import type { OperationField } from "../../authorization.ts";
import { ztunnelShare } from "../../enforcement.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { isForGateway } from "../../gateways.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const ALLOWED = "an ALLOW names the paths and methods of HTTP, or only the ports of TCP";
const EVERYTHING: Readonly<Record<"paths" | "methods", readonly string[]>> = {
    paths: ["*", "/*", "/{**}"],
    methods: ["*"],
};
const HTTP: readonly OperationField[] = ["hosts", "paths", "methods"];

/** What a rule asks of an operation: in a field, or in a condition that says the same. */
interface Asked {
    readonly rule: Field;
    /** `undefined` where the rule has conditions alone. */
    readonly operation: Field | undefined;
}

/** The lists in which something is asked of a field, named or left out. */
function listsOf({ rule, operation }: Asked, field: OperationField): readonly Field[] {
    return [
        ...(operation === undefined ? [] : [operation.at(field), operation.at(negative(field))]),
        ...conditionsLike(rule, field).flatMap((condition) => [
            condition.at("values"),
            condition.at("notValues"),
        ]),
    ].filter((list) => list.items().length > 0);
}

function asks(asked: Asked, ...fields: readonly OperationField[]): boolean {
    return fields.some((field) => listsOf(asked, field).length > 0);
}

function checkList(asked: Asked, key: "paths" | "methods"): Finding[] {
    const lists = listsOf(asked, key);
    if (lists.length === 0) {
        const field = asked.operation?.at(key) ?? asked.rule.at("to");
        return [field.finding(`no ${key} stands for all of them`, ALLOWED)];
    }
    return each(
        // What is matched by leaving something out is another rule's finding.
        () => lists.filter(({ path }) => !/\.not\w+$/.test(path)).flatMap((list) => list.items()),
        (item) => {
            const text = item.text() ?? "";
            return EVERYTHING[key].includes(text)
                ? [item.finding(`${text} stands for all ${key}`, ALLOWED)]
                : [];
        },
    );
}

function checkAsked(asked: Asked): Finding[] {
    return asks(asked, "ports") && !asks(asked, ...HTTP)
        ? []
        : judgements(
              () => checkList(asked, "paths"),
              () => checkList(asked, "methods"),
          );
}

function checkRule(rule: Field): Finding[] {
    const operations = operationsOf(rule);
    if (operations.length > 0) {
        return each(
            () => operations,
            (operation) => checkAsked({ rule, operation }),
        );
    }
    const asked: Asked = { rule, operation: undefined };
    return asks(asked, ...OPERATION_FIELDS)
        ? checkAsked(asked)
        : [rule.at("to").finding("no operation lets the caller do everything", ALLOWED)];
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    const findings = actionOf(policy) === "ALLOW" ? eachRule(policy, checkRule) : [];
    return findings.length > 0 &&
        (isForGateway(stack, policy, settings) ||
            // ztunnel knows no paths and no methods.
            ztunnelShare(stack, policy, settings) === "all")
        ? []
        : findings;
}

/** A caller may do what it is there for, and nothing else. */
export const authorizationPolicyEnforcePathsAndMethods: StackRule = {
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
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
