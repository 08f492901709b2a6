import { EnvironmentError } from "#errors.ts";
import { rules as packRules } from "#policy/rules/index.ts";
import { graphOf } from "#review/access/graph.ts";
import type { Budget } from "#review/budgets.ts";
import { budgetsOf } from "#review/budgets.ts";
import type { Change, SourcePlace } from "#review/change.ts";
import { TOPICS } from "#review/change.ts";
import { compare } from "#review/compare.ts";
import { comparePack, judge, packViolations, rulesGone } from "#review/pack.ts";
import { renamed } from "#review/renames.ts";
import { Reading } from "#review/subject/resources.ts";
import { analyzerFindings } from "#review/analyzers.ts";
import type { AnalyzerMessage, SubjectReport } from "#review/report.ts";
import { schemaFindings } from "#review/schemas.ts";
import { timeWritten } from "#review/routes/words.ts";
import type { SchemaProblem } from "#review/schemas/problem.ts";
import type { ChangedFile } from "#review/source/lines.ts";
import type { Subject } from "#review/subject.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Clock } from "./clock.ts";
import { Locator, placedErrors } from "./locate.ts";
import type { Side } from "./sides.ts";

/** A subject of both revisions. */
export interface SubjectReportArgs {
    /** Of the stack; `undefined` for manifests. */
    readonly stack: string | undefined;
    readonly after: Side | EnvironmentError;
    /** `undefined` where the base does not have it, or there is no base. */
    readonly before: Side | EnvironmentError | undefined;
    /** Whether there is a base at all. */
    readonly isCompared: boolean;
    /** Names of the rules of the pack at both revisions. */
    readonly rules: { readonly before: readonly string[]; readonly after: readonly string[] };
    /** The checkout, or the folder from which manifests were named. */
    readonly directory: string;
    /** Its path from the root of the repository. */
    readonly prefix: string;
    readonly changed: readonly ChangedFile[];
    /** Istio's analyzers; absent where they are not there. */
    readonly istioctl: string | undefined;
    readonly signal: AbortSignal;
    readonly clock: Clock;
}

/** Of a subject that could not be read. */
const NOTHING = {
    objects: 0,
    rules: 0,
    schema: [],
    violations: [],
    analyzer: [],
    changes: [],
    graph: { after: { nodes: [], edges: [] } },
    budgets: [],
    notJudged: [],
} satisfies Omit<SubjectReport, "name" | "errors">;

/** Everything that is said of one subject. */
export async function subjectReport(args: SubjectReportArgs): Promise<SubjectReport> {
    const { stack, after } = args;
    const named = stack === undefined ? { name: "manifests" } : { name: `stack ${stack}`, stack };
    if (after instanceof EnvironmentError) {
        const { message } = after;
        const errors =
            stack === undefined ? [{ message }] : await placedErrors(message, { ...args, stack });
        return { ...NOTHING, ...named, errors };
    }
    return { ...named, ...(await judged(after, args)) };
}

async function judged(after: Side, args: SubjectReportArgs): Promise<Omit<SubjectReport, "name">> {
    const { stack, before, clock, rules } = args;
    const what = stack ?? "manifests";
    const { subject } = after;
    const earlier = before instanceof EnvironmentError ? undefined : before;
    const locator = new Locator({ ...args, side: after });
    const objects = allObjects(subject);
    const then = earlier && underNewNames(earlier, subject);
    const changes = await clock.of(`compare ${what}`, () =>
        earlier === undefined || then === undefined
            ? []
            : inOrder([
                  ...compare(earlier.subject, subject),
                  ...comparePack(then.judged, after.judged),
                  ...rulesGone(rules.before, rules.after),
              ]),
    );
    const [{ problems, unjudged }, analyzed] = await Promise.all([
        clock.of(`schemas of ${what}`, () => schemaFindings(objects)),
        clock.of(`analyzers of ${what}`, () => analyzerMessages(subject, args)),
    ]);
    // The base is asked only where something might be new.
    const [known, analyzedBefore] = await Promise.all([
        earlier && problems.length > 0 ? schemaProblems(earlier.subject) : undefined,
        earlier && analyzed.length > 0 ? analyzerMessages(earlier.subject, args) : undefined,
    ]);
    const saidBefore =
        analyzedBefore && new Set(analyzedBefore.map((message) => JSON.stringify(message)));
    const graph = graphOf(subject);
    const budgets = budgetsOf(subject, graph);
    return {
        errors: [],
        objects: objects.length,
        rules: rulesInForce(after),
        schema: await each(problems, async ({ object, field, text }) => ({
            object,
            path: field,
            message: text,
            ...(known !== undefined && { isNew: !known.has(problemKey({ object, field, text })) }),
            ...placed(await locator.ofField(object, field)),
        })),
        violations: await each(
            packViolations(after.judged, then?.judged),
            async ({ urn, path, ...violation }) => ({
                ...violation,
                ...placed(await locator.ofResource(urn, path, violation.object)),
            }),
        ),
        analyzer: await each(analyzed, async (message) => ({
            ...message,
            ...(saidBefore && { isNew: !saidBefore.has(JSON.stringify(message)) }),
            ...placed(message.object && (await locator.ofField(message.object, ""))),
        })),
        changes: await each(changes, async (change) => ({
            ...change,
            ...placed(await locator.ofChange(change)),
        })),
        graph: { after: graph, ...(then !== undefined && { before: graphOf(then.subject) }) },
        budgets: budgets.chains.map(budgetWords),
        notJudged: [
            ...subject.releases.flatMap(({ missing }) => missing ?? []).map((why) => `${why}.`),
            ...unjudged.map(
                ({ kind, apiVersion, count }) =>
                    `No schema of ${kind} (${apiVersion}) is known; ${count} of them ${count === 1 ? "was" : "were"} not held against one.`,
            ),
            ...budgets.leftOut.map(
                ({ entry, chains }) =>
                    `${chains} shorter chains of calls from ${entry} are left out.`,
            ),
            ...newStack(args),
        ],
        ...(before instanceof EnvironmentError && {
            uncompared: `The base does not render, so nothing was compared: ${before.message}`,
        }),
    };
}

function budgetWords({
    chain,
    slowest,
    copies,
    inverted,
}: Budget): SubjectReport["budgets"][number] {
    return {
        chain: chain.join(" → "),
        slowest: slowest === undefined ? "without end" : timeWritten(slowest),
        copies: String(copies),
        inverted,
    };
}

function each<From, To>(items: readonly From[], work: (item: From) => Promise<To>): Promise<To[]> {
    return Promise.all(items.map(work));
}

/** The objects of a subject, those of its charts too. */
function allObjects({ objects, releases }: Subject): readonly DeclaredObject[] {
    return [...objects, ...releases.flatMap((release) => release.objects ?? [])];
}

async function schemaProblems(subject: Subject): Promise<ReadonlySet<string>> {
    const { problems } = await schemaFindings(allObjects(subject));
    return new Set(problems.map(problemKey));
}

const ANALYSIS = "https://istio.io/latest/docs/reference/config/analysis/";

async function analyzerMessages(
    subject: Subject,
    { istioctl, signal }: SubjectReportArgs,
): Promise<AnalyzerMessage[]> {
    const found = istioctl === undefined ? [] : await analyzerFindings(subject, istioctl, signal);
    return found.map(({ level, url = ANALYSIS, ...rest }) => ({
        ...rest,
        url,
        level: LEVELS[level],
    }));
}

const LEVELS = { Error: "error", Warning: "warning", Info: "info" } as const;

function problemKey({ object, field, text }: SchemaProblem): string {
    return JSON.stringify([object, field, text]);
}

function rulesInForce({ judged: { configuration } }: Side): number {
    return packRules.filter((rule) => configuration.levelOf(rule) !== "disabled").length;
}

/** The base's side, in which renamed workloads have their new names. */
function underNewNames(side: Side, after: Subject): Pick<Side, "subject" | "judged"> {
    const { before: subject, renames } = renamed(side.subject, after);
    return renames.length === 0
        ? side
        : { subject, judged: judge(subject, side.judged.configuration, new Reading()) };
}

function inOrder(changes: readonly Change[]): Change[] {
    return TOPICS.flatMap((topic) => changes.filter((change) => change.topic === topic));
}

/** Whether the base has no such stack, one sentence. */
function newStack({ stack, before, isCompared }: SubjectReportArgs): string[] {
    return isCompared && before === undefined && stack !== undefined
        ? [`Stack ${stack} is new, so nothing was compared.`]
        : [];
}

function placed(source: SourcePlace | undefined): { readonly source?: SourcePlace } {
    return source === undefined ? {} : { source };
}
