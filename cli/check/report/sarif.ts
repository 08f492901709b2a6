import { createHash } from "node:crypto";
import type { Location, Log, ReportingDescriptor, Result } from "sarif";
import type { SourcePlace, Topic } from "#review/change.ts";
import { cutText, plainText } from "#review/plain-text.ts";
import type { CheckReport } from "#review/report.ts";
import type { Found } from "#review/verdict.ts";
import { findingsIn } from "#review/verdict.ts";
import { jsonText } from "../../output.ts";
import { objectName } from "./sections.ts";

/**
 * What GitHub takes of one run.
 * Source: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export const MOST_RESULTS = 25_000;
const MOST_LOCATIONS = 1_000;
const LONGEST_RULE = 255;
const LONGEST_DESCRIPTION = 1_024;
/** GitHub shows no more of a message either. */
const LONGEST_MESSAGE = 4_000;

const SCHEMA =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const ISTIO = "https://istio.io/latest/docs";

/** Where the objects of a topic are documented. */
const HELP: Readonly<Record<Topic, string>> = {
    access: `${ISTIO}/reference/config/security/authorization-policy/`,
    exposure: `${ISTIO}/reference/config/networking/gateway/`,
    egress: `${ISTIO}/reference/config/networking/service-entry/`,
    transport: `${ISTIO}/reference/config/security/peer_authentication/`,
    policy: `${ISTIO}/ops/best-practices/security/`,
    budgets: `${ISTIO}/reference/config/networking/virtual-service/`,
    breakers: `${ISTIO}/reference/config/networking/destination-rule/`,
    routing: `${ISTIO}/reference/config/networking/virtual-service/`,
    charts: `${ISTIO}/setup/upgrade/helm/`,
    objects: "https://kubernetes.io/docs/concepts/overview/working-with-objects/",
};
const DECLARATION = "https://www.typescriptlang.org/docs/handbook/2/objects.html";

/** A finding before it is written down. */
interface Annotation {
    readonly rule: string;
    readonly title: string;
    readonly help: string;
    readonly level: "error" | "warning" | "note";
    readonly message: string;
    readonly isNew: boolean | undefined;
    readonly found: Found<unknown>;
}

/**
 * The report as annotations on the lines that cause its findings: what is wrong, what is weaker, and advice. Other
 * changes are no findings.
 */
export function reportAsSarif(report: CheckReport): string {
    const annotations = annotationsOf(report).sort(
        (one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level),
    );
    const shown = annotations.slice(0, MOST_RESULTS);
    const left = annotations.length - shown.length;
    const rules = rulesOf(shown);
    const places = new Map([...rules.keys()].map((id, index) => [id, index]));
    const log: Log = {
        $schema: SCHEMA,
        version: "2.1.0",
        runs: [
            {
                tool: {
                    driver: {
                        name: "mesh check",
                        version: plainText(report.tool),
                        rules: [...rules.values()],
                    },
                },
                // One that a later run of the same kind replaces.
                automationDetails: { id: "mesh-check/" },
                invocations: [
                    {
                        executionSuccessful: true,
                        toolExecutionNotifications: notificationsOf(report, left),
                    },
                ],
                results: shown.map((one) => resultOf(one, places.get(ruleId(one)) ?? 0, report)),
            },
        ],
    };
    return jsonText(log);
}

const LEVELS = ["error", "warning", "note"] as const;

function annotationsOf(report: CheckReport): Annotation[] {
    const { errors, schema, violations, analyzer, changes } = findingsIn(report);
    return [
        ...errors.map((found) => ({
            rule: "check/error",
            title: "The program cannot be checked or rendered",
            help: DECLARATION,
            level: "error" as const,
            message: found.finding.message,
            isNew: undefined,
            found,
        })),
        ...schema.map((found) => ({
            rule: "schema/refused",
            title: "An object is refused by the schema of its kind",
            help: `${ISTIO}/reference/config/`,
            level: "error" as const,
            message: [objectName(found.finding.object), found.finding.path, found.finding.message]
                .filter((part) => part !== "")
                .join(": "),
            isNew: found.finding.isNew,
            found,
        })),
        ...violations.map((found) => ({
            rule: found.finding.rule,
            title: found.finding.rule,
            help: found.finding.url,
            level: found.finding.level === "mandatory" ? ("error" as const) : ("warning" as const),
            message: found.finding.message,
            isNew: found.finding.isNew,
            found,
        })),
        ...analyzer.map((found) => {
            const { code, level, message, object, url, isNew } = found.finding;
            return {
                rule: code,
                title: `Istio's analyzers: ${code}`,
                help: url,
                level: level === "info" ? ("note" as const) : level,
                message: object === undefined ? message : `${objectName(object)}: ${message}`,
                isNew,
                found,
            };
        }),
        ...changes.flatMap((found) => {
            const { kind, topic, text, weaker } = found.finding;
            return weaker === undefined
                ? []
                : [
                      {
                          rule: `weaker/${kind}`,
                          title: `Weaker than before: ${kind}`,
                          help: HELP[topic],
                          level: "warning" as const,
                          message: `${text}, because ${weaker}`,
                          isNew: true,
                          found,
                      },
                  ];
        }),
    ];
}

function ruleId({ rule }: Annotation): string {
    return cutText(rule, LONGEST_RULE);
}

function rulesOf(annotations: readonly Annotation[]): Map<string, ReportingDescriptor> {
    return new Map(
        annotations.map((annotation) => {
            const { title, help, level } = annotation;
            const id = ruleId(annotation);
            const text = cutText(title, LONGEST_DESCRIPTION);
            const helpUri =
                /^https:\/\//.test(help) && URL.canParse(help) ? new URL(help).href : undefined;
            return [
                id,
                {
                    id,
                    shortDescription: { text },
                    fullDescription: { text },
                    ...(helpUri !== undefined && { helpUri, help: { text: helpUri } }),
                    defaultConfiguration: { level },
                },
            ] as const;
        }),
    );
}

function resultOf(annotation: Annotation, ruleIndex: number, report: CheckReport): Result {
    const { level, message, isNew, found } = annotation;
    const id = ruleId(annotation);
    const identity = createHash("sha256")
        .update(JSON.stringify([id, plainText(message)]))
        .digest("hex")
        .slice(0, 32);
    return {
        ruleId: id,
        ruleIndex,
        level,
        message: { text: textInSarif(message) },
        ...(isNew !== undefined && { baselineState: isNew ? "new" : "unchanged" }),
        locations: placesOf(found, report).slice(0, MOST_LOCATIONS).map(locationOf),
        // A finding is the same when its line moves. GitHub knows the second name alone.
        partialFingerprints: {
            "meshFinding/v1": identity,
            primaryLocationLineHash: `${identity}:1`,
        },
    };
}

/** The places of a finding; for one without any the file of its stack, because every result needs a place. */
function placesOf(
    { subjects, sources }: Found<unknown>,
    report: CheckReport,
): readonly SourcePlace[] {
    if (sources.length > 0) {
        return sources;
    }
    const stacks = report.subjects.flatMap(({ name, stack }) =>
        stack !== undefined && (subjects.length === 0 || subjects.includes(name)) ? [stack] : [],
    );
    const files = stacks.map((stack) => `Pulumi.${stack}.yaml`);
    return (files.length > 0 ? files : ["Pulumi.yaml"]).map((file) => ({
        file: `${report.prefix}${file}`,
        line: 1,
    }));
}

function locationOf({ file, line }: SourcePlace): Location {
    return {
        physicalLocation: {
            artifactLocation: { uri: uriOf(file) },
            region: { startLine: line },
        },
    };
}

/** A path as a relative address: no part of it is taken for a scheme, a query or a step upwards. */
function uriOf(file: string): string {
    return file
        .split("/")
        .filter((step) => !["", ".", ".."].includes(step))
        .map((step) => encodeURIComponent(step.replace(/\p{Cs}/gu, "\uFFFD")))
        .join("/");
}

function notificationsOf(
    report: CheckReport,
    left: number,
): { readonly level: "note" | "warning"; readonly message: { readonly text: string } }[] {
    return [
        ...findingsIn(report).notJudged.map(({ finding }) => ({
            level: "warning" as const,
            message: { text: textInSarif(finding) },
        })),
        ...(left > 0
            ? [{ level: "warning" as const, message: { text: `${left} results are left out.` } }]
            : []),
    ];
}

/** What a SARIF message takes for a link or for a placeholder. */
function textInSarif(text: string): string {
    return cutText(text, LONGEST_MESSAGE)
        .replaceAll("](", "] (")
        .replace(/\{(?=\d+\})/g, "{ ");
}
