import { z } from "zod";
import { TOPICS } from "#review/change.ts";
import type { CheckReport } from "#review/report.ts";
import { verdictOf } from "#review/verdict.ts";
import { jsonText } from "../../output.ts";

/** Raised when a field goes or changes its meaning; new fields do not raise it. */
const JSON_VERSION = 1;

const source = z
    .object({
        file: z.string().describe("Relative to the root of the repository, with slashes."),
        line: z.int().min(1),
    })
    .describe("The place in the checkout that causes it; absent where none was found.");
const isNew = z
    .boolean()
    .describe("Whether the base does not have it; absent where nothing was compared.");
const object = z
    .object({
        kind: z.string(),
        namespace: z.string().optional().describe("Absent for an object of the whole cluster."),
        name: z.string(),
    })
    .describe("An object of Kubernetes.");
const error = z.object({ message: z.string(), source: source.optional() });
const declaredStep = z.union([z.string(), z.record(z.string(), z.string())]);
const change = z.object({
    topic: z.enum(TOPICS),
    kind: z.string().describe("`<topic>/<what>`, stable from version to version."),
    about: z.string().describe("A workload, a host, a chain of calls, a chart or an object."),
    text: z.string().describe("One sentence without its full stop."),
    weaker: z.string().optional().describe("Why it is weaker than before; absent where it is not."),
    objects: z.array(object).readonly(),
    declared: z
        .object({ workload: z.string(), path: z.array(declaredStep).readonly() })
        .optional()
        .describe("The part of a workload's declaration that says it."),
    source: source.optional(),
});
const graph = z.object({
    nodes: z.array(z.string()).readonly(),
    edges: z
        .array(
            z.object({
                from: z.string(),
                to: z.string(),
                operations: z.array(z.string()).readonly(),
            }),
        )
        .readonly(),
});
const subject = z.object({
    name: z.string().describe("For example `stack prod`."),
    stack: z.string().optional().describe("Absent for manifests."),
    errors: z.array(error).readonly().describe("Why it could not be rendered."),
    objects: z.int().describe("How many objects were looked at."),
    rules: z.int().describe("How many rules judged them."),
    schema: z
        .array(
            z.object({
                object,
                path: z.string().describe("Where in the object; empty for the object itself."),
                message: z.string(),
                source: source.optional(),
                isNew: isNew.optional(),
            }),
        )
        .readonly(),
    violations: z
        .array(
            z.object({
                rule: z.string(),
                level: z.enum(["mandatory", "advisory"]),
                message: z.string(),
                url: z.string(),
                object: object.optional(),
                source: source.optional(),
                isNew: isNew.optional(),
            }),
        )
        .readonly(),
    analyzer: z
        .array(
            z.object({
                code: z.string().describe("For example `IST0101`."),
                level: z.enum(["error", "warning", "info"]),
                message: z.string(),
                object: object.optional(),
                url: z.string(),
                source: source.optional(),
                isNew: isNew.optional(),
            }),
        )
        .readonly(),
    changes: z.array(change).readonly(),
    graph: z.object({
        before: graph.optional().describe("Absent where nothing was compared."),
        after: graph,
    }),
    budgets: z
        .array(
            z.object({
                chain: z.string(),
                slowest: z.string().describe("Slowest answer that somebody can wait for."),
                copies: z.string().describe("Most copies of one request at the chain's end."),
                inverted: z.array(z.string()).readonly(),
            }),
        )
        .readonly(),
    notJudged: z.array(z.string()).readonly().describe("What was not judged, and why."),
    uncompared: z
        .string()
        .optional()
        .describe("Why the base's was not read, so that nobody knows what changed."),
});

/** The document of `mesh check --json`. */
const REPORT_SCHEMA = z
    .object({
        version: z.literal(JSON_VERSION),
        tool: z.string().describe("Version of mesh."),
        base: z
            .object({ ref: z.string(), commit: z.string() })
            .optional()
            .describe("Absent where there was nothing to compare with."),
        failOn: z.enum(["mandatory", "weaker"]),
        prefix: z
            .string()
            .describe("The checkout's path from the root of the repository; empty for the root."),
        verdict: z
            .object({
                holds: z.boolean(),
                errors: z.int(),
                mandatory: z.int(),
                advisory: z.int(),
                weaker: z.int(),
                changes: z.int(),
            })
            .describe("What is the same in several subjects counts once."),
        errors: z.array(error).readonly().describe("Of the checkout's types."),
        subjects: z.array(subject).readonly(),
        notJudged: z.array(z.string()).readonly().describe("Of no subject, and why."),
        timings: z.array(z.object({ step: z.string(), milliseconds: z.number() })).readonly(),
    })
    .describe("What `mesh check --json` writes.");

/** The report for programs: what the schema knows of it, and nothing beside. */
export function reportAsJson(report: CheckReport): string {
    const document: z.input<typeof REPORT_SCHEMA> = {
        version: JSON_VERSION,
        verdict: verdictOf(report),
        ...report,
    };
    return jsonText(REPORT_SCHEMA.parse(document));
}

/** The published schema of {@link reportAsJson}. */
export function reportSchemaText(): string {
    return jsonText(z.toJSONSchema(REPORT_SCHEMA, { io: "input" }));
}
