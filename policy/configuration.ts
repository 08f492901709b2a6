import type { CheckOptions } from "./check.ts";
import type { Level, Rule } from "./rule.ts";
import { SETTINGS_POLICY, settingsFrom, unknownSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

const LEVELS: readonly string[] = ["advisory", "mandatory", "disabled"];

type Entries = Readonly<Record<string, unknown>>;

function isEntries(value: unknown): value is Entries {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asLevel(name: string, value: unknown): Level | "disabled" {
    if (typeof value !== "string" || !LEVELS.includes(value)) {
        throw new RangeError(
            `${name}: ${JSON.stringify(value)} is no level; allowed are ${LEVELS.join(", ")}`,
        );
    }
    return value as Level | "disabled";
}

/** The level of one entry: the entry itself, or its field `enforcementLevel`. */
function levelOf(name: string, entry: unknown): Level | "disabled" | undefined {
    if (!isEntries(entry)) {
        return asLevel(name, entry);
    }
    const other = Object.keys(entry).find((key) => key !== "enforcementLevel");
    if (other !== undefined) {
        throw new RangeError(
            `${name}: ${other} is no setting of a rule; allowed is enforcementLevel`,
        );
    }
    const level = entry["enforcementLevel"];
    return level === undefined ? undefined : asLevel(`${name}: enforcementLevel`, level);
}

function settingsOf(entry: unknown, validate: (settings: Entries) => void): Settings {
    if (!isEntries(entry)) {
        throw new RangeError(
            `${SETTINGS_POLICY}: settings are needed, not ${JSON.stringify(entry)}`,
        );
    }
    const given = Object.fromEntries(
        Object.entries(entry).filter(([key]) => key !== "enforcementLevel"),
    );
    for (const key of unknownSettings(given)) {
        throw new RangeError(
            `${SETTINGS_POLICY}: ${key} is no setting; allowed are ${Object.keys(settingsFrom({})).join(", ")}`,
        );
    }
    validate(given);
    return settingsFrom(given);
}

/**
 * Reads what `--policy-pack-config` takes: levels by rule, `all` for every rule, and the pack's settings. Unlike the
 * engine it refuses the name of a rule that does not exist, which would leave the rule meant as it was.
 *
 * @param validate throws for settings that their schema refuses
 * @throws RangeError saying what is wrong, where, and what is allowed
 */
export function readConfiguration(
    config: unknown,
    rules: readonly Rule[],
    validate: (settings: Entries) => void,
): Omit<CheckOptions, "now"> {
    if (!isEntries(config)) {
        throw new RangeError("an object is needed, with levels by rule");
    }
    const { all, [SETTINGS_POLICY]: settings = {}, ...byRule } = config;
    const levels = new Map(
        Object.entries(byRule).map(([name, entry]) => {
            if (!rules.some((rule) => rule.name === name)) {
                throw new RangeError(`${name} is no rule of this pack`);
            }
            return [name, levelOf(name, entry)] as const;
        }),
    );
    const allLevel = all === undefined ? undefined : levelOf("all", all);
    return {
        settings: settingsOf(settings, validate),
        levelOf: (rule) => levels.get(rule.name) ?? allLevel ?? rule.level,
    };
}
