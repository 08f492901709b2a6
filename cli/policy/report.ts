import type { Violation } from "#policy/check.ts";
import { ENCRYPTED } from "#policy/known.ts";
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
    /** Number of clusters; in one of several an object is not told by its name. */
    readonly clusters: number;
    /** Number of Patches, which say nothing of what they leave out. */
    readonly patches: number;
}

export function countOf({ violations }: PolicyReport, level: Level): number {
    return violations.filter((violation) => violation.level === level).length;
}

/** The number of places that cannot be judged, because the export holds them encrypted. */
export function encryptedIn({ violations }: PolicyReport): number {
    const places = violations
        .filter(({ unknown }) => unknown === ENCRYPTED)
        .map(({ urn, message }) => `${urn} ${message}`);
    return new Set(places).size;
}

/** The report for programs. */
export function reportAsJson(report: PolicyReport): string {
    const { violations, ...rest } = report;
    const mandatory = countOf(report, "mandatory");
    const encrypted = encryptedIn(report);
    const shown = {
        // What nobody can judge is not known to hold.
        holds: mandatory === 0 && encrypted === 0,
        ...rest,
        encrypted,
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

/** Pulumi's name of a resource. */
function nameIn(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The report for people: each rule once, mandatory ones first, with what mends it. */
export function reportAsText(report: PolicyReport): string {
    const sections = (["mandatory", "advisory"] as const).flatMap((level) => {
        const messages = new Map<Rule, string[]>();
        for (const { rule, message, urn } of report.violations.filter(
            (one) => one.level === level,
        )) {
            const told = report.clusters > 1 ? `${message} (${nameIn(urn)})` : message;
            messages.set(rule, [...(messages.get(rule) ?? []), told]);
        }
        return Array.from(messages, ([rule, list]) => section(level, rule, list));
    });
    const { subject, production, resources, rules, patches } = report;
    const encrypted = encryptedIn(report);
    const judged = `${subject}, ${production ? "as production" : "not as production"}: ${plural(resources, "resource", "resources")}, ${plural(rules, "rule", "rules")}`;
    const found = `${plural(countOf(report, "mandatory"), "violation", "violations")}, ${countOf(report, "advisory")} advisory`;
    const apart = [
        ...(encrypted > 0 ? [plural(encrypted, "place encrypted", "places encrypted")] : []),
        ...(patches > 0
            ? [`${plural(patches, "Patch", "Patches")} judged by what is set alone`]
            : []),
    ];
    return `${[...sections, [judged, found, ...apart].join("; ")].join("\n\n")}\n`;
}
