import type { SourcePlace } from "./change.ts";
import type { CheckReport, SubjectReport, Verdict } from "./report.ts";

/** Something that was found in one subject or in several, with every place that causes it. */
export interface Found<Finding> {
    readonly finding: Finding;
    /** Names of the subjects; none for what is about the checkout. */
    readonly subjects: readonly string[];
    /** Without doubles, in the order of the subjects. */
    readonly sources: readonly SourcePlace[];
}

type Placed = { readonly source?: SourcePlace };

/** Everything that was found, each once, whatever subjects it is in. */
export interface Findings {
    readonly errors: readonly Found<CheckReport["errors"][number]>[];
    readonly schema: readonly Found<SubjectReport["schema"][number]>[];
    readonly violations: readonly Found<SubjectReport["violations"][number]>[];
    readonly analyzer: readonly Found<SubjectReport["analyzer"][number]>[];
    readonly changes: readonly Found<SubjectReport["changes"][number]>[];
    readonly budgets: readonly Found<SubjectReport["budgets"][number]>[];
    readonly notJudged: readonly Found<string>[];
}

/** The findings of all subjects, put together. */
export function findingsIn({ errors, subjects, notJudged }: CheckReport): Findings {
    const everywhere: Listed<Placed & { readonly message: string }>[] = errors.map((finding) => ({
        finding,
        subject: undefined,
    }));
    const of = <Finding>(list: (subject: SubjectReport) => readonly Finding[]): Listed<Finding>[] =>
        subjects.flatMap((subject) =>
            list(subject).map((finding) => ({ finding, subject: subject.name })),
        );
    return {
        errors: together([...everywhere, ...of((subject) => subject.errors)], unplaced),
        schema: together(
            of((subject) => subject.schema),
            unplaced,
        ),
        violations: together(
            of((subject) => subject.violations),
            unplaced,
        ),
        analyzer: together(
            of((subject) => subject.analyzer),
            unplaced,
        ),
        // Two subjects can name their objects differently, and the sentence is the same.
        changes: together(
            of((subject) => subject.changes),
            ({ kind, about, text, weaker }) => [kind, about, text, weaker],
        ),
        budgets: together(
            of((subject) => subject.budgets),
            (budget) => budget,
        ),
        notJudged: together(
            [
                ...notJudged.map((finding) => ({ finding, subject: undefined })),
                ...of(({ uncompared }) => (uncompared === undefined ? [] : [uncompared])),
                ...of((subject) => subject.notJudged),
            ],
            (sentence) => sentence,
        ),
    };
}

/** What a report comes to. */
export function verdictOf(report: CheckReport): Verdict {
    const { errors, schema, analyzer, violations, changes } = findingsIn(report);
    const of = (level: string): number =>
        violations.filter(({ finding }) => finding.level === level).length;
    const counts = {
        errors:
            errors.length +
            schema.length +
            analyzer.filter(({ finding }) => finding.level === "error").length,
        mandatory: of("mandatory"),
        advisory: of("advisory"),
        weaker: changes.filter(({ finding }) => finding.weaker !== undefined).length,
        changes: changes.length,
    };
    return {
        holds:
            counts.errors === 0 &&
            counts.mandatory === 0 &&
            (report.failOn !== "weaker" || (counts.weaker === 0 && !isUncompared(report))),
        ...counts,
    };
}

/** Whether a subject of the base could not be read: what changed is then not known. */
export function isUncompared({ subjects }: CheckReport): boolean {
    return subjects.some(({ uncompared }) => uncompared !== undefined);
}

interface Listed<Finding> {
    readonly finding: Finding;
    readonly subject: string | undefined;
}

/** A finding without its place, which may differ where the finding does not. */
function unplaced(finding: Placed): unknown {
    return { ...finding, source: undefined };
}

function together<Finding>(
    listed: readonly Listed<Finding>[],
    identity: (finding: Finding) => unknown,
): Found<Finding>[] {
    const groups = new Map<string, Listed<Finding>[]>();
    for (const one of listed) {
        const key = JSON.stringify(identity(one.finding));
        const group = groups.get(key);
        if (group === undefined) {
            groups.set(key, [one]);
        } else {
            group.push(one);
        }
    }
    return [...groups.values()].flatMap((group) => {
        const [first] = group;
        return first === undefined
            ? []
            : [
                  {
                      finding: first.finding,
                      subjects: [...new Set(group.flatMap(({ subject }) => subject ?? []))],
                      sources: placesOf(group.map(({ finding }) => finding)),
                  },
              ];
    });
}

function placesOf(findings: readonly unknown[]): SourcePlace[] {
    const places = findings.flatMap((finding) =>
        typeof finding === "object" && finding !== null ? ((finding as Placed).source ?? []) : [],
    );
    return [...new Map(places.map((place) => [`${place.file}:${place.line}`, place])).values()];
}
