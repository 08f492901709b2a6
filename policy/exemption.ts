import type { Answer } from "./answer.ts";
import { ANSWER_FIELDS, dayProblem, elementsOf, missingFields } from "./answer.ts";
import { UnknownValue } from "./field.ts";
import type { Field, KubernetesObject } from "./field.ts";
import type { Context, Rule } from "./rule.ts";

/** Annotation that exempts its object: one exemption as JSON, or a list of them. */
export const EXEMPTION_ANNOTATION = "policy.a4co.dev/exempt";

/** Somebody answers for an object that breaks a rule, for a reason, up to a day. */
export interface Exemption extends Answer {
    /** Name of the rule. */
    readonly rule: string;
}

/** The annotation of an object, whether or not it is there. */
export function exemptionField({ root }: KubernetesObject): Field {
    return root.at("metadata", "annotations", EXEMPTION_ANNOTATION);
}

/** What is wrong with one exemption as written; nothing where it holds. */
function problemOf(element: unknown, { rules, settings, today }: Context): string | undefined {
    const missing = missingFields(element, ["rule", ...ANSWER_FIELDS]);
    if (missing.length > 0) {
        return `the exemption has no ${missing.join(", no ")}`;
    }
    const { rule, expires } = element as Exemption;
    const exempted = rules.get(rule);
    if (exempted === undefined) {
        return `the exemption names ${rule}, which is no rule of this pack`;
    }
    const late = dayProblem(expires, today);
    if (late !== undefined) {
        return `the exemption from ${rule} ${late}`;
    }
    if (exempted.exemptible === "nowhere") {
        return `the exemption from ${rule} does not hold, because nothing is exempt from it`;
    }
    if (exempted.exemptible === "outside production" && settings.production) {
        return `the exemption from ${rule} does not hold in production`;
    }
    return undefined;
}

/** Everything that is wrong with an object's exemptions. @throws UnknownValue */
export function exemptionProblems(object: KubernetesObject, context: Context): readonly string[] {
    const field = exemptionField(object);
    if (!field.exists) {
        return [];
    }
    const elements = elementsOf(field.text() ?? "");
    return elements === undefined
        ? ["the exemption is not JSON"]
        : elements.flatMap((element) => problemOf(element, context) ?? []);
}

/** The exemption of an object from a rule, where it has one that holds. One that is not known yet does not hold. */
export function exemptionOf(
    object: KubernetesObject,
    rule: Pick<Rule, "name">,
    context: Context,
): Exemption | undefined {
    try {
        const elements = elementsOf(exemptionField(object).text() ?? "[]") ?? [];
        return elements
            .filter((element) => problemOf(element, context) === undefined)
            .map((element) => element as Exemption)
            .find((exemption) => exemption.rule === rule.name);
    } catch (error) {
        if (error instanceof UnknownValue) {
            return undefined;
        }
        throw error;
    }
}
