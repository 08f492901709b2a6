import type { Rule } from "./rule.ts";
import type { Settings } from "./settings.ts";

/** What every check is given beside the objects. */
export interface Context {
    readonly settings: Settings;
    /** The day on which exemptions are judged, `YYYY-MM-DD`. */
    readonly today: string;
    /** All rules of the pack, by name. */
    readonly rules: ReadonlyMap<string, Pick<Rule, "exemptible">>;
}

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
