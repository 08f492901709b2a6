import type {
    Policies,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";
import { clusterOf } from "./cluster.ts";
import { contextOf } from "./context.ts";
import type { Identity, KubernetesObject } from "./field.ts";
import { judgeObject, judgeStack } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import { readKey, Unknown } from "./known.ts";
import { isSelected, objectsOf } from "./kubernetes-object.ts";
import type { Context, Level, ObjectRule, Rule, StackRule } from "./rule.ts";
import { isObjectRule } from "./rule.ts";
import {
    DEFAULT_SETTINGS,
    SETTINGS_POLICY,
    SETTINGS_SCHEMA,
    settingsFrom,
    unknownSettings,
} from "./settings.ts";
import type { Settings } from "./settings.ts";
import { stacksOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** The settings of this process: Pulumi hands configuration to one policy at a time. */
class SettingsCell {
    current: Settings = DEFAULT_SETTINGS;
}

/** The SDK also takes a violation with a level of its own, which its types leave out. */
type Report = (violation: { message: string; urn: string; enforcementLevel?: Level }) => void;

function reportAll(verdicts: readonly Verdict[], reportViolation: ReportViolation): void {
    const report = reportViolation as unknown as Report;
    for (const { urn, message, level } of verdicts) {
        report({ message, urn, ...(level !== undefined && { enforcementLevel: level }) });
    }
}

function objectsFrom(
    { type, name, urn, props, provider }: ResourceValidationArgs | PolicyResource,
    wanted?: (identity: Identity) => boolean,
): KubernetesObject[] {
    const namespace = provider && readKey(provider.props, "namespace");
    return objectsOf(
        {
            type,
            name,
            urn,
            props,
            namespace:
                typeof namespace === "string" || namespace instanceof Unknown
                    ? namespace
                    : undefined,
            cluster: provider && clusterOf(provider),
        },
        wanted,
    );
}

/** The stacks of one call of the engine, which asks all policies one after the other and each once. */
class StacksCell {
    #stacks: readonly Stack[] = [];
    readonly #asked = new Set<string>();

    of(policy: string, resources: readonly PolicyResource[]): readonly Stack[] {
        if (this.#asked.size === 0 || this.#asked.has(policy)) {
            this.#asked.clear();
            this.#stacks = stacksOf(resources.flatMap((resource) => objectsFrom(resource)));
        }
        this.#asked.add(policy);
        return this.#stacks;
    }
}

function metadataOf({ name, description, level, severity, remediation, url }: Rule) {
    return {
        name,
        description,
        enforcementLevel: level,
        severity,
        remediationSteps: remediation.map((step, index) => `${index + 1}. ${step}`).join("\n"),
        url,
    };
}

function objectPolicy(rule: ObjectRule, context: () => Context): ResourceValidationPolicy {
    return {
        ...metadataOf(rule),
        validateResource: (args, reportViolation) => {
            const objects = objectsFrom(args, (identity) => isSelected(identity, rule.selects));
            if (objects.length === 0) {
                args.notApplicable(`${args.type} is of no kind that ${rule.name} looks at`);
            }
            reportAll(
                objects.flatMap((object) => judgeObject(rule, object, context())),
                reportViolation,
            );
        },
    };
}

function stackPolicy(
    rule: StackRule,
    context: () => Context,
    cell: StacksCell,
): StackValidationPolicy {
    return {
        ...metadataOf(rule),
        validateStack: (args, reportViolation) => {
            const stacks = cell.of(rule.name, args.resources);
            if (stacks.every((stack) => stack.of(...rule.selects).length === 0)) {
                args.notApplicable(`the stack has nothing of the kinds that ${rule.name} looks at`);
            }
            reportAll(
                stacks.flatMap((stack) => judgeStack(rule, stack, context())),
                reportViolation,
            );
        },
    };
}

/** Comes first, so that every later policy of the same call finds the settings read. */
function settingsPolicy(cell: SettingsCell): ResourceValidationPolicy & StackValidationPolicy {
    return {
        name: SETTINGS_POLICY,
        description:
            "Holds the pack's settings; one that does not exist would be taken for one that does.",
        enforcementLevel: "mandatory",
        severity: "medium",
        configSchema: SETTINGS_SCHEMA,
        validateResource: (args) => {
            cell.current = settingsFrom(args.getConfig());
        },
        validateStack: (args, reportViolation) => {
            const given = args.getConfig<Partial<Settings>>();
            cell.current = settingsFrom(given);
            const known = Object.keys(DEFAULT_SETTINGS).join(", ");
            for (const key of unknownSettings(given)) {
                reportViolation(`${SETTINGS_POLICY}: ${key} is no setting; allowed are ${known}`);
            }
        },
    };
}

/**
 * The rules as policies of Pulumi.
 *
 * @param now tells the present moment, by which exemptions expire; default is the clock
 */
export function policiesOf(rules: readonly Rule[], now: () => Date = () => new Date()): Policies {
    const settings = new SettingsCell();
    const stacks = new StacksCell();
    const context = (): Context => contextOf(settings.current, rules, now());
    return [
        settingsPolicy(settings),
        ...rules.map((rule) =>
            isObjectRule(rule) ? objectPolicy(rule, context) : stackPolicy(rule, context, stacks),
        ),
    ];
}
