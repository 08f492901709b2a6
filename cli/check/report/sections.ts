import type { ObjectRef, SourcePlace, Topic } from "#review/change.ts";
import { TOPICS } from "#review/change.ts";
import type { CheckReport } from "#review/report.ts";
import type { Found } from "#review/verdict.ts";
import { findingsIn, isUncompared } from "#review/verdict.ts";

/** One finding as people read it. The texts come from somebody's code: whoever shows them escapes them. */
export interface Item {
    readonly text: string;
    /** What explains it, for example why a change is weaker. */
    readonly because?: string;
    /** What names its kind, for example a rule. */
    readonly label?: string;
    /** Where the label is documented. */
    readonly url?: string;
    /** Names of the subjects; none where that goes without saying. */
    readonly subjects: readonly string[];
    readonly sources: readonly SourcePlace[];
}

/** How much a section matters. */
export type Weight = "wrong" | "weaker" | "advice" | "topic";

export interface Section {
    readonly title: string;
    readonly weight: Weight;
    readonly items: readonly Item[];
}

const TITLES: Readonly<Record<Topic, string>> = {
    access: "Who may call whom",
    exposure: "What is reached from outside",
    egress: "What is reached outside",
    transport: "Encryption in transit",
    policy: "Policies",
    budgets: "Time and retries along the chains of calls",
    breakers: "Circuit breakers",
    routing: "Routing",
    charts: "Charts",
    objects: "Other objects",
};

/**
 * Everything in a report, the most important first; what a section would say of nothing is left out.
 *
 * @param old whether advice is shown that the base needs as well
 */
export function sectionsOf(report: CheckReport, { old }: { readonly old: boolean }): Section[] {
    const findings = findingsIn(report);
    const { length: subjects } = report.subjects;
    const itemOf = <Finding>(
        found: Found<Finding>,
        said: Omit<Item, "subjects" | "sources">,
    ): Item => ({
        ...said,
        // What is so everywhere goes without saying.
        subjects: found.subjects.length === subjects ? [] : found.subjects,
        sources: found.sources,
    });
    // Advice that weakens is said there, with its reason.
    const weakening = new Set(
        findings.changes
            .filter(({ finding }) => finding.kind === "policy/violated")
            .map(({ finding }) => finding.text),
    );
    const violations = (level: "mandatory" | "advisory"): Item[] =>
        findings.violations
            .filter(({ finding }) => finding.level === level)
            .filter(({ finding }) => level === "mandatory" || !weakening.has(finding.message))
            .filter(({ finding }) => level === "mandatory" || old || finding.isNew !== false)
            .map((found) => {
                const { rule, message, url, isNew } = found.finding;
                return itemOf(found, { text: `${message}${known(isNew)}`, label: rule, url });
            });
    const analyzer = (isError: boolean): Item[] =>
        findings.analyzer
            .filter(({ finding }) => (finding.level === "error") === isError)
            .filter(({ finding }) => isError || old || finding.isNew !== false)
            .map((found) => {
                const { code, message, object, url, isNew } = found.finding;
                const about = object === undefined ? "" : `${objectName(object)}: `;
                return itemOf(found, {
                    text: `${about}${message}${known(isNew)}`,
                    label: code,
                    url,
                });
            });
    const changes = findings.changes.map((found) => {
        const { text, weaker, topic } = found.finding;
        return {
            topic,
            isWeaker: weaker !== undefined,
            item: itemOf(found, { text, ...(weaker !== undefined && { because: weaker }) }),
        };
    });
    const sections: Section[] = [
        {
            title: "Errors",
            weight: "wrong",
            items: findings.errors.map((found) => itemOf(found, { text: found.finding.message })),
        },
        {
            title: "Weaker than before",
            weight: "weaker",
            items: changes.filter(({ isWeaker }) => isWeaker).map(({ item }) => item),
        },
        { title: "Mandatory rules violated", weight: "wrong", items: violations("mandatory") },
        {
            title: "Refused by their schema",
            weight: "wrong",
            items: findings.schema.map((found) => {
                const { object, path, message, isNew } = found.finding;
                const place = path === "" ? objectName(object) : `${objectName(object)}: ${path}`;
                return itemOf(found, { text: `${place}: ${message}${known(isNew)}` });
            }),
        },
        { title: "Errors of Istio's analyzers", weight: "wrong", items: analyzer(true) },
        { title: "Advisory rules violated", weight: "advice", items: violations("advisory") },
        { title: "Istio's analyzers", weight: "advice", items: analyzer(false) },
        ...TOPICS.map((topic) => ({
            title: TITLES[topic],
            weight: "topic" as const,
            items: changes
                .filter((change) => change.topic === topic && !change.isWeaker)
                .map(({ item }) => item),
        })),
        {
            title: "Timeouts shorter than what they wait for",
            weight: "topic",
            // What is so since the change is said with its topic.
            items:
                old || report.base === undefined || isUncompared(report)
                    ? findings.budgets.flatMap((found) =>
                          found.finding.inverted.map((text) => itemOf(found, { text })),
                      )
                    : [],
        },
        {
            title: "Not judged",
            weight: "topic",
            items: findings.notJudged.map((found) => itemOf(found, { text: found.finding })),
        },
    ];
    return sections.filter(({ items }) => items.length > 0);
}

function known(isNew: boolean | undefined): string {
    return isNew === false ? " (in the base as well)" : "";
}

/** `<Kind> <namespace>/<name>`, as the pack's messages begin. */
export function objectName({ kind, namespace, name }: ObjectRef): string {
    return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** How many findings {@link sectionsOf} leaves out, because the base has them as well. */
export function oldAdvice(report: CheckReport): number {
    const { violations, analyzer } = findingsIn(report);
    return (
        violations.filter(({ finding }) => finding.level === "advisory" && finding.isNew === false)
            .length +
        analyzer.filter(({ finding }) => finding.level !== "error" && finding.isNew === false)
            .length
    );
}
