import { contextOf } from "./context.ts";
import { judgeObject, judgeStack } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import { isSelected, objectsOf } from "./kubernetes-object.ts";
import type { RegisteredResource } from "./kubernetes-object.ts";
import { isObjectRule } from "./rule.ts";
import type { Level, Rule } from "./rule.ts";
import type { Settings } from "./settings.ts";
import { stacksOf } from "./stack.ts";

/** How the rules are applied. */
export interface CheckOptions {
    readonly settings: Settings;
    /** Level of a rule; `disabled` leaves it out. */
    readonly levelOf: (rule: Rule) => Level | "disabled";
    /** The moment by which exemptions expire. */
    readonly now: Date;
}

/** A verdict, and whose it is. */
export interface Violation extends Omit<Verdict, "level"> {
    readonly rule: Rule;
    readonly level: Level;
}

/** Judges the resources of a whole stack without an engine, with the same checks that the engine's pack runs. */
export function checkResources(
    rules: readonly Rule[],
    resources: readonly RegisteredResource[],
    { settings, levelOf, now }: CheckOptions,
): Violation[] {
    const context = contextOf(settings, rules, now);
    const objects = resources.flatMap((resource) => objectsOf(resource));
    const stacks = stacksOf(objects);
    return rules.flatMap((rule) => {
        const own = levelOf(rule);
        const selected = objects.filter((object) => isSelected(object, rule.selects));
        if (own === "disabled" || selected.length === 0) {
            return [];
        }
        const verdicts = isObjectRule(rule)
            ? selected.flatMap((object) => judgeObject(rule, object, context))
            : stacks.flatMap((stack) => judgeStack(rule, stack, context));
        return verdicts.map(({ level = own, ...verdict }) => ({ ...verdict, rule, level }));
    });
}
