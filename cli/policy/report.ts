import type { Violation } from "#policy/check.ts";
import type { Level, Rule } from "#policy/rule.ts";
import { jsonText } from "../output.ts";

/** What was judged, and what came of it. */
export interface PolicyReport {
    /** For example `stack prod`. */
    readonly subject: string;
    readonly production: boolean;
    /** Numbers of what was looked at. */
    readonly resources: number;
    readonly rules: number;
    readonly violations: readonly Violation[];
}

export function countOf({ violations }: PolicyReport, level: Level): number {
    return violations.filter((violation) => violation.level === level).length;
}

/** The report for programs. */
export function reportAsJson(report: PolicyReport): string {
    const { violations, ...rest } = report;
    const mandatory = countOf(report, "mandatory");
    const shown = {
        holds: mandatory === 0,
        ...rest,
        mandatory,
        advisory: countOf(report, "advisory"),
        violations: violations.map(({ rule, level, urn, message }) => ({
            rule: rule.name,
            severity: rule.severity,
            level,
            message,
            urn,
            url: rule.url,
        })),
    };
    return jsonText(shown);
}

function section(level: Level, rule: Rule, messages: readonly string[]): string {
    return [
        `${level}  ${rule.name} (${rule.severity})`,
        ...messages.map((message) => `    ${message}`),
        `  ${rule.description}`,
        ...rule.remediation.map((step, index) => `    ${index + 1}. ${step}`),
        `    ${rule.url}`,
    ].join("\n");
}

function plural(count: number, one: string, many: string): string {
    return `${count} ${count === 1 ? one : many}`;
}

/** The report for people: each rule once, mandatory ones first, with what mends it. */
export function reportAsText(report: PolicyReport): string {
    const sections = (["mandatory", "advisory"] as const).flatMap((level) => {
        const messages = new Map<Rule, string[]>();
        for (const { rule, message } of report.violations.filter((one) => one.level === level)) {
            messages.set(rule, [...(messages.get(rule) ?? []), message]);
        }
        return Array.from(messages, ([rule, list]) => section(level, rule, list));
    });
    const { subject, production, resources, rules } = report;
    const judged = `${subject}, ${production ? "as production" : "not as production"}: ${plural(resources, "resource", "resources")}, ${plural(rules, "rule", "rules")}`;
    const found = `${plural(countOf(report, "mandatory"), "violation", "violations")}, ${countOf(report, "advisory")} advisory`;
    return `${[...sections, `${judged}; ${found}`].join("\n\n")}\n`;
}
