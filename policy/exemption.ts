import { UnknownValue } from "./field.ts";
import type { Field, KubernetesObject } from "./field.ts";
import type { Context, Rule } from "./rule.ts";

/** Annotation that exempts its object: one exemption as JSON, or a list of them. */
export const EXEMPTION_ANNOTATION = "policy.a4co.dev/exempt";

/** Somebody answers for an object that breaks a rule, for a reason, up to a day. */
export interface Exemption {
    /** Name of the rule. */
    readonly rule: string;
    /** Who answers for it. */
    readonly owner: string;
    readonly reason: string;
    /** Last day on which it holds, `YYYY-MM-DD`. */
    readonly expires: string;
}

const FIELDS = ["rule", "owner", "reason", "expires"] as const;

/** The annotation of an object, whether or not it is there. */
export function exemptionField({ root }: KubernetesObject): Field {
    return root.at("metadata", "annotations", EXEMPTION_ANNOTATION);
}

/** What an annotation holds, element by element; `undefined` for what is no JSON. */
function elementsOf(text: string): readonly unknown[] | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return Array.isArray(value) ? (value as unknown[]) : [value];
    } catch {
        return undefined;
    }
}

function isDay(text: string): boolean {
    const time = Date.parse(`${text}T00:00:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** What is wrong with one exemption as written; nothing where it holds. */
function problemOf(element: unknown, { rules, settings, today }: Context): string | undefined {
    const fields = (typeof element === "object" && element !== null ? element : {}) as Readonly<
        Partial<Record<(typeof FIELDS)[number], unknown>>
    >;
    const missing = FIELDS.filter((key) => {
        const value = fields[key];
        return typeof value !== "string" || value.trim() === "";
    });
    if (missing.length > 0) {
        return `the exemption has no ${missing.join(", no ")}`;
    }
    const { rule, expires } = fields as Exemption;
    const exempted = rules.get(rule);
    if (exempted === undefined) {
        return `the exemption names ${rule}, which is no rule of this pack`;
    }
    if (!isDay(expires)) {
        return `the exemption from ${rule} expires on ${expires}, which is no day written as YYYY-MM-DD`;
    }
    if (expires < today) {
        return `the exemption from ${rule} expired on ${expires}`;
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
