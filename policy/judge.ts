import { exemptionOf } from "./exemption.ts";
import type { Finding, KubernetesObject } from "./field.ts";
import { judgements } from "./finding.ts";
import type { Context, Level, ObjectRule, Rule, StackRule } from "./rule.ts";
import { Stack } from "./stack.ts";

/** A finding as it is reported. */
export interface Verdict {
    readonly urn: string;
    readonly message: string;
    /** `undefined` stands for the level that the rule has been given. */
    readonly level: Level | undefined;
}

function verdict(rule: Rule, finding: Finding, context: Context): Verdict {
    const { object, message, unknown } = finding;
    if (unknown) {
        // The update knows the value, and is then refused like any other.
        return { urn: object.urn, message, level: "advisory" };
    }
    const exemption = exemptionOf(object, rule, context);
    if (exemption === undefined) {
        return { urn: object.urn, message, level: undefined };
    }
    const { owner, expires, reason } = exemption;
    return {
        urn: object.urn,
        message: `${message} (exempted by ${owner} until ${expires}: ${reason})`,
        level: "advisory",
    };
}

/** Two judgements that fail at the same unknown value say it once. */
function verdicts(rule: Rule, findings: readonly Finding[], context: Context): Verdict[] {
    const unique = new Map(
        findings.map((finding) => [`${finding.object.urn} ${finding.message}`, finding]),
    );
    return Array.from(unique.values(), (finding) => verdict(rule, finding, context));
}

/** What a rule says about one object of a kind that it looks at. */
export function judgeObject(
    rule: ObjectRule,
    object: KubernetesObject,
    context: Context,
): Verdict[] {
    return verdicts(
        rule,
        judgements(() => rule.checkObject(object, context)),
        context,
    );
}

/** What a rule says about all objects of the kinds that it looks at. */
export function judgeStack(
    rule: StackRule,
    objects: readonly KubernetesObject[],
    context: Context,
): Verdict[] {
    return verdicts(
        rule,
        judgements(() => rule.checkStack(new Stack(objects), context)),
        context,
    );
}
