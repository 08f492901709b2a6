import type { Context, Rule } from "./rule.ts";
import type { Settings } from "./settings.ts";

/**
 * The context of one judgement.
 *
 * @param now default is the present moment
 */
export function contextOf(
    settings: Settings,
    rules: readonly Rule[],
    now: Date = new Date(),
): Context {
    return {
        settings,
        today: now.toISOString().slice(0, 10),
        rules: new Map(rules.map((rule) => [rule.name, rule])),
    };
}
