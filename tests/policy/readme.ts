import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS, SETTINGS_SCHEMA } from "#policy/settings.ts";
import type { Settings } from "#policy/settings.ts";

/** Lines between which the README's tables stand. */
const MARKS = {
    rules: ["<!-- rules of the policy pack -->", "<!-- end of the rules -->"],
    settings: ["<!-- settings of the policy pack -->", "<!-- end of the settings -->"],
} as const;

type Table = keyof typeof MARKS;

function ruleTable(): string {
    return [
        "| rule | severity | level | what is required, and why |",
        "| --- | --- | --- | --- |",
        ...rules.map(
            ({ name, severity, level, description }) =>
                `| \`${name}\` | ${severity} | ${level} | ${description} |`,
        ),
    ].join("\n");
}

function settingsTable(): string {
    return [
        "| setting | default | meaning |",
        "| --- | --- | --- |",
        ...Object.entries(SETTINGS_SCHEMA.properties).map(
            ([key, { description = "" }]) =>
                `| \`${key}\` | \`${JSON.stringify(DEFAULT_SETTINGS[key as keyof Settings])}\` | ${description} |`,
        ),
    ].join("\n");
}

const TABLES: Readonly<Record<Table, () => string>> = { rules: ruleTable, settings: settingsTable };

/**
 * The README with its tables as the code has them.
 *
 * @throws Error when a mark is missing
 */
export function withTables(readme: string): string {
    return (Object.keys(MARKS) as Table[]).reduce((text, table) => {
        const [begin, end] = MARKS[table];
        const [from, to] = [text.indexOf(begin), text.indexOf(end)];
        if (from < 0 || to < from) {
            throw new Error(`README.md has no lines "${begin}" and "${end}"`);
        }
        return `${text.slice(0, from + begin.length)}\n\n${TABLES[table]()}\n\n${text.slice(to)}`;
    }, readme);
}
