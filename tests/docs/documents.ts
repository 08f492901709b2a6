import { parseDocument } from "yaml";
import { reportSchemaText } from "#cli/check/report/json.ts";
import { manifestsText } from "#cli/verify/manifests.ts";
import { alertGroups } from "#components/addons/alerts.ts";
import { dashboards } from "#components/dashboards/index.ts";
import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS, SETTINGS_SCHEMA } from "#policy/settings.ts";
import type { Settings } from "#policy/settings.ts";
import { configKeys } from "#stack/config-keys.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function keyTable(): string {
    return table(
        ["key", "default", "what it is"],
        configKeys().map(({ name, default: value, description }) => [
            `\`mesh:${name}\``,
            typeof value === "object" ? "" : `\`${String(value)}\``,
            description,
        ]),
    );
}

function ruleTable(): string {
    return table(
        ["rule", "severity", "level", "what is required, and why"],
        rules.map(({ name, severity, level, description }) => [
            `\`${name}\``,
            severity,
            level,
            description,
        ]),
    );
}

function settingsTable(): string {
    return table(
        ["setting", "default", "meaning"],
        Object.entries(SETTINGS_SCHEMA.properties).map(([key, { description = "" }]) => [
            `\`${key}\``,
            `\`${JSON.stringify(DEFAULT_SETTINGS[key as keyof Settings])}\``,
            description,
        ]),
    );
}

function dashboardTable(): string {
    return table(
        ["dashboard", "what it shows", "panels"],
        Object.values(dashboards(mesh.context.namespace)).map(({ title, description, panels }) => [
            title,
            description,
            panels.map((panel) => panel.title).join(", "),
        ]),
    );
}

function alertTable(): string {
    const rules = alertGroups({ size: "large" }).flatMap((group) => group.rules);
    return table(
        ["alert", "severity", "after", "what it means, and what to do"],
        rules.map(({ alert, for: hold, labels, annotations }) => [
            `\`${alert}\``,
            labels.severity,
            hold,
            annotations.description.replaceAll("|", "\\|"),
        ]),
    );
}

/** A text with what stands between two marks written anew. @throws Error when a mark is missing */
function between(text: string, name: string, content: string): string {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of the ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) {
        throw new Error(`there are no lines "${begin}" and "${end}"`);
    }
    return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** `Pulumi.yaml` with its `config:` as the schema has it; the rest stays as it is written. */
function withConfig(text: string): string {
    const document = parseDocument(text);
    const config = configKeys().map(({ name, type, default: value, description }) => [
        name,
        { type, description, default: value },
    ]);
    document.set("config", Object.fromEntries(config));
    return document.toString({ lineWidth: 0, indent: 4 });
}

const { stack, mesh } = await declaredMesh({ stack: "prod" }, false);

/** The objects of `mesh verify --manifests --stack prod --every 5m`. */
function verifyDeployment(): string {
    return manifestsText({ stack, mesh, every: "5m" });
}

/** A file that is written from the code, in whole or in part. */
interface Written {
    /** Below the checkout. */
    readonly file: string;
    /** The file as it should be, given as it is. */
    readonly write: (text: string) => string;
}

/** Every file that is written from the code, in whole or in part. */
export const WRITTEN: readonly Written[] = [
    { file: "Pulumi.yaml", write: withConfig },
    { file: "docs/verify-deployment.yaml", write: verifyDeployment },
    { file: "docs/check-report.schema.json", write: reportSchemaText },
    {
        file: "docs/observability.md",
        write: (text) =>
            between(between(text, "dashboards", dashboardTable()), "alerts", alertTable()),
    },
    { file: "docs/configuration.md", write: (text) => between(text, "keys", keyTable()) },
    {
        file: "policy/README.md",
        write: (text) => between(between(text, "rules", ruleTable()), "settings", settingsTable()),
    },
];
