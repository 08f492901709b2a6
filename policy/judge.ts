import { exemptionOf } from "./exemption.ts";
import type { Finding, KubernetesObject } from "./field.ts";
import { judgements } from "./finding.ts";
import { UNSAID } from "./known.ts";
import type { Unknown } from "./known.ts";
import type { Context, Level, ObjectRule, Rule, StackRule } from "./rule.ts";
import type { Stack } from "./stack.ts";

/** A finding as it is reported. */
export interface Verdict {
    readonly urn: string;
    /** Where in the object, for example `spec.http[0].timeout`; empty for the object itself. */
    readonly path: string;
    readonly message: string;
    /** `undefined` stands for the level that the rule has been given. */
    readonly level: Level | undefined;
    /** Why nobody can tell; `undefined` for a violation. */
    readonly unknown: Unknown | undefined;
}

function verdict(rule: Rule, finding: Finding, context: Context): Verdict {
    const { object, path, message, unknown } = finding;
    if (unknown) {
        // Whoever knows the value, the update for example, is then refused like any other.
        return { urn: object.urn, path, message, level: "advisory", unknown };
    }
    const exemption = exemptionOf(object, rule, context);
    if (exemption === undefined) {
        return { urn: object.urn, path, message, level: undefined, unknown };
    }
    const { owner, expires, reason } = exemption;
    return {
        urn: object.urn,
        path,
        message: `${message} (exempted by ${owner} until ${expires}: ${reason})`,
        level: "advisory",
        unknown,
    };
}

/** Two judgements that fail at the same unknown value say it once. */
function verdicts(rule: Rule, findings: readonly Finding[], context: Context): Verdict[] {
    const unique = new Map(
        findings
            // What a Patch leaves out is judged where somebody says it.
            .filter(({ object, unknown }) => !object.external && unknown !== UNSAID)
            .map((finding) => [`${finding.object.urn} ${finding.message}`, finding]),
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

/** What a rule says about all objects of one cluster. */
export function judgeStack(rule: StackRule, stack: Stack, context: Context): Verdict[] {
    return verdicts(
        rule,
        judgements(() => rule.checkStack(stack, context)),
        context,
    );
}
