import type { Action, DeploySummary, ResourceOutcome } from "./deployment.ts";

const SIGNS: Readonly<Record<Exclude<Action, "unchanged">, string>> = {
    created: "+ ",
    changed: "~ ",
    replaced: "+-",
    deleted: "- ",
};

/** Counts the outcomes of a run, sorted by URN so that two runs can be compared. */
export function summarize(
    resources: readonly ResourceOutcome[],
    outputs: Readonly<Record<string, unknown>>,
    seconds: number,
): DeploySummary {
    const count = (action: Action): number =>
        resources.filter((resource) => resource.action === action).length;
    return {
        created: count("created"),
        changed: count("changed"),
        replaced: count("replaced"),
        unchanged: count("unchanged"),
        deleted: count("deleted"),
        resources: [...resources].sort((a, b) => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0)),
        outputs,
        seconds,
    };
}

/** The lines a run ends with, like Pulumi's: what changed and how long it took. */
export function formatSummary(summary: DeploySummary): string[] {
    const parts = (["created", "changed", "replaced", "deleted"] as const)
        .filter((action) => summary[action] > 0)
        .map((action) => `${SIGNS[action]}${summary[action]} ${action}`);
    if (summary.unchanged > 0 || parts.length === 0) {
        parts.push(`${summary.unchanged} unchanged`);
    }
    return [`Resources: ${parts.join(", ")}`, `Duration: ${formatSeconds(summary.seconds)}`];
}

/** One line about a resource that was touched, like Pulumi's own listing. */
export function formatOutcome(outcome: Pick<ResourceOutcome, "type" | "name" | "action">): string {
    const sign = outcome.action === "unchanged" ? "  " : SIGNS[outcome.action];
    return `${sign}${outcome.type} ${outcome.name} ${outcome.action}`;
}

/** Whole seconds, with minutes from 60 on: `42s`, `2m 5s`. */
export function formatSeconds(seconds: number): string {
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${whole % 60}s`;
}
