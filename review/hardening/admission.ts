import type { DeclaredObject } from "#stack/declared-objects.ts";
import { entriesOf, fields, listed, spec, text } from "./object.ts";
import type { Judge } from "./object.ts";

/** A list of nothing but quoted texts, as CEL or JSON has it. */
const LIST = /\[(\\?"[^"\\]*\\?"(?:, ?\\?"[^"\\]*\\?")*)\]/g;

/** A text without some elements of the lists in it, in which the others stand in one order: whether one is among them is asked. */
function withoutNames(json: string, names: readonly string[]): string {
    const kept = names.reduce(
        (left, name) =>
            [`\\"${name}\\"`, `"${name}"`].reduce(
                (rest, quoted) =>
                    rest
                        .replaceAll(`${quoted}, `, "")
                        .replaceAll(`, ${quoted}`, "")
                        .replaceAll(`${quoted},`, "")
                        .replaceAll(`,${quoted}`, ""),
                left,
            ),
        json,
    );
    return kept.replace(LIST, (_, elements: string) => `[${elements.split(/, ?/).sort().join()}]`);
}

/** Whether another object of its kind says the same, under whatever name. */
function isElsewhere(was: DeclaredObject, after: readonly DeclaredObject[]): boolean {
    return after.some(({ kind, spec: said }) => kind === was.kind && text(said) === text(was.spec));
}

/** Gone, and nothing else of its kind does what it did. */
export function goneForGood(reason: string): Judge {
    return (was, is, { after }) =>
        was !== undefined && is === undefined && !isElsewhere(was, after) ? reason : undefined;
}

/** Whether a list lost one of its elements, or has it in another form. */
function isLess(
    was: DeclaredObject,
    is: DeclaredObject,
    field: string,
    passing: readonly string[],
): boolean {
    const kept = new Set(listed(spec(is), field).map((one) => withoutNames(text(one), passing)));
    return listed(spec(was), field).some((one) => !kept.has(withoutNames(text(one), passing)));
}

/** What a policy of the API server asks for, and of whom. What it asks for besides is no weakening. */
export const asksLess: Judge = (was, is, { passing }) => {
    if (was === undefined || is === undefined) {
        return undefined;
    }
    const isOther = (field: string): boolean =>
        withoutNames(text(spec(was)[field]), passing) !==
        withoutNames(text(spec(is)[field]), passing);
    if (listed(spec(is), "validations").length < listed(spec(was), "validations").length) {
        return "it asks for less";
    }
    return isLess(was, is, "validations", passing) ||
        isLess(is, was, "matchConditions", passing) ||
        isOther("matchConstraints") ||
        isOther("variables")
        ? "what it refuses is not the same, and cannot be compared here"
        : undefined;
};

/** A binding by which a policy no longer refuses, or another one does. */
export const bindsLess: Judge = (was, is, { before, after }) => {
    if (was === undefined || is === undefined) {
        return undefined;
    }
    const denies = (binding: DeclaredObject): boolean =>
        listed(spec(binding), "validationActions").includes("Deny");
    if (denies(was) && !denies(is)) {
        return "its policy no longer refuses, it only notes";
    }
    if (text(spec(was)["matchResources"]) !== text(spec(is)["matchResources"])) {
        return "what its policy is asked about is not the same";
    }
    const policyOf = (binding: DeclaredObject, objects: readonly DeclaredObject[]): string =>
        text(
            objects.find(
                ({ kind, metadata }) =>
                    kind === "ValidatingAdmissionPolicy" &&
                    metadata.name === spec(binding)["policyName"],
            )?.spec,
        );
    return spec(was)["policyName"] !== spec(is)["policyName"] &&
        policyOf(was, before) !== policyOf(is, after)
        ? "another policy is asked than before"
        : undefined;
};

/** Of a webhook: whom the API server asks, and about what. */
const ASKED = [
    "clientConfig",
    "rules",
    "namespaceSelector",
    "objectSelector",
    "matchConditions",
    "matchPolicy",
];

/** Webhooks that are asked less, or need not answer. */
export const webhooks: Judge = (was, is) => {
    if (was === undefined || is === undefined) {
        return undefined;
    }
    const after = new Map(entriesOf(is, "webhooks").map((webhook) => [webhook["name"], webhook]));
    for (const webhook of entriesOf(was, "webhooks")) {
        const now = after.get(webhook["name"]);
        if (now === undefined) {
            return "it has fewer webhooks";
        }
        if (now["failurePolicy"] === "Ignore" && webhook["failurePolicy"] !== "Ignore") {
            return "what its webhook does not answer is let pass";
        }
        const isOther = (field: string): boolean => text(webhook[field]) !== text(now[field]);
        if (ASKED.some(isOther)) {
            return "whom it asks, or about what, is not the same, and cannot be compared here";
        }
    }
    return undefined;
};

/** A policy of Kyverno, which is asked at the API server as well. */
export const kyverno: Judge = (was, is) => {
    if (was === undefined || is === undefined || !was.apiVersion.startsWith("kyverno.io/")) {
        return undefined;
    }
    const enforces = (policy: DeclaredObject): boolean =>
        [spec(policy), ...entriesOf(spec(policy), "rules").map((rule) => fields(rule["validate"]))]
            .flatMap((holder) => [holder["validationFailureAction"], holder["failureAction"]])
            .some((action) => String(action).toLowerCase() === "enforce");
    return enforces(was) && !enforces(is)
        ? "it no longer refuses, it only notes"
        : isLess(was, is, "rules", [])
          ? "what it refuses is not the same, and cannot be compared here"
          : undefined;
};
