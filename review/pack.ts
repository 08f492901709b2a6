import { checkResources } from "#policy/check.ts";
import type { Violation } from "#policy/check.ts";
import { identify } from "#policy/kubernetes-object.ts";
import type { Level, Rule } from "#policy/rule.ts";
import { rules } from "#policy/rules/index.ts";
import type { Settings } from "#policy/settings.ts";
import type { Change, ObjectRef } from "./change.ts";
import type { PackConfiguration } from "./pack-configuration.ts";
import type { PackViolation } from "./report.ts";
import type { Subject } from "./subject.ts";
import type { Reading } from "./subject/resources.ts";

/** A subject as the pack judges it. */
export interface Judged {
    readonly subject: Pick<Subject, "resources">;
    readonly configuration: PackConfiguration;
    /** Without a secret in their messages. */
    readonly violations: readonly Violation[];
}

/** What the pack says of a subject. */
export function judge(
    subject: Pick<Subject, "resources">,
    configuration: PackConfiguration,
    reading: Reading,
): Judged {
    const violations = checkResources(rules, subject.resources, {
        ...configuration,
        now: new Date(),
    });
    return { subject, configuration, violations: reading.secrets.hiddenIn(violations) };
}

/** A violation as a report has it, and where in which resource it is. */
export interface OwnedViolation extends PackViolation {
    readonly urn: string;
    /** Of the field, for example `spec.http[0].timeout`. */
    readonly path: string;
}

/**
 * The violations of a subject.
 *
 * @param before what the pack says of what it is compared with
 */
export function packViolations(after: Judged, before?: Judged): OwnedViolation[] {
    const objects = objectsByUrn(after.subject);
    const isNew = before === undefined ? undefined : newcomers(before.violations);
    return after.violations.map((violation) => {
        const { rule, level, message, urn, path } = violation;
        const object = objects.get(urn);
        return {
            urn,
            path,
            rule: rule.name,
            level,
            message,
            url: rule.url,
            ...(object !== undefined && { object }),
            ...(isNew !== undefined && { isNew: isNew(violation) }),
        };
    });
}

/** The objects of Kubernetes that a subject registers, by their URNs. */
export function objectsByUrn({
    resources,
}: Pick<Subject, "resources">): ReadonlyMap<string, ObjectRef> {
    return new Map(
        resources.flatMap(({ type, urn, props }) => {
            const kind = identify(type, props)?.kind;
            const { name, namespace } = (props as Partial<Metadata>).metadata ?? {};
            return kind === undefined || typeof name !== "string"
                ? []
                : [[urn, { kind, name, ...(typeof namespace === "string" && { namespace }) }]];
        }),
    );
}

interface Metadata {
    readonly metadata: { readonly name?: unknown; readonly namespace?: unknown };
}

/** One that says the same of the same resource was there before; what says it in other words may be another. */
function newcomers(before: readonly Violation[]): (violation: Violation) => boolean {
    const known = new Set(before.map(keyOf));
    return (violation) => !known.has(keyOf(violation));
}

function keyOf({ rule, urn, message }: Violation): string {
    return JSON.stringify([rule.name, placeless(urn), message]);
}

/** The line of a manifest's document is no part of what it is. */
function placeless(urn: string): string {
    return urn.startsWith("urn:") ? urn : "";
}

/**
 * What is weaker by the pack: advisory rules that objects violate which did not, and what the pack itself no longer asks
 * for. Advice about what is new weakens nothing.
 */
export function comparePack(before: Judged, after: Judged): Change[] {
    const there = new Set(
        Array.from(objectsByUrn(before.subject).values(), (object) => JSON.stringify(object)),
    );
    const advisory = packViolations(after, before)
        .filter(({ level, isNew }) => level === "advisory" && isNew === true)
        .filter(({ object }) => object !== undefined && there.has(JSON.stringify(object)))
        .map(violated);
    return [
        ...advisory,
        ...levelChanges(before.configuration, after.configuration),
        ...settingChanges(before.configuration.settings, after.configuration.settings),
    ];
}

function violated({ rule, message, object }: PackViolation): Change {
    return {
        topic: "policy",
        kind: "policy/violated",
        about: rule,
        text: message,
        weaker: rules.find(({ name }) => name === rule)?.description ?? rule,
        objects: object === undefined ? [] : [object],
    };
}

const STRENGTH: readonly (Level | "disabled")[] = ["disabled", "advisory", "mandatory"];

function levelChanges(before: PackConfiguration, after: PackConfiguration): Change[] {
    return rules.flatMap((rule) => {
        const [was, is] = [before.levelOf(rule), after.levelOf(rule)];
        return was === is ? [] : [levelChange(rule, was, is)];
    });
}

function levelChange(rule: Rule, was: Level | "disabled", is: Level | "disabled"): Change {
    const isWeaker = STRENGTH.indexOf(is) < STRENGTH.indexOf(was);
    return policyChange(
        "policy/level",
        rule.name,
        `the pack's rule ${rule.name} is ${is}, was ${was}`,
        isWeaker ? "what it refused is let pass" : undefined,
    );
}

/** Whether a setting lets more pass than it did; what is not here lets neither more pass nor less. */
const LETS_MORE_PASS: Partial<Record<keyof Settings, (was: Settings, is: Settings) => boolean>> = {
    production: (was, is) => was.production && !is.production,
    meshDeniesByDefault: (was, is) => !was.meshDeniesByDefault && is.meshDeniesByDefault,
    faultPercent: (was, is) => is.faultPercent > was.faultPercent,
    meshHosts: growing("meshHosts"),
    externalPrincipals: growing("externalPrincipals"),
    unmeshedNamespaces: growing("unmeshedNamespaces"),
    gatewayLabels: growing("gatewayLabels"),
    idempotencyHeaders: growing("idempotencyHeaders"),
    istioLines: growing("istioLines"),
    retiredHosts: (was, is) => growing("retiredHosts")(is, was),
};

type ListSetting = {
    [Key in keyof Settings]: Settings[Key] extends readonly string[] ? Key : never;
}[keyof Settings];

function growing(key: ListSetting): (was: Settings, is: Settings) => boolean {
    return (was, is) => is[key].some((element) => !was[key].includes(element));
}

function settingChanges(before: Settings, after: Settings): Change[] {
    return (Object.keys(after) as (keyof Settings)[]).flatMap((key) =>
        settingChange(key, before, after),
    );
}

function settingChange(key: keyof Settings, before: Settings, after: Settings): Change[] {
    const [was, is] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    return was === is
        ? []
        : [
              policyChange(
                  "policy/setting",
                  key,
                  `the pack's setting ${key} is ${is}, was ${was}`,
                  LETS_MORE_PASS[key]?.(before, after) === true
                      ? "the pack lets more pass by it"
                      : undefined,
              ),
          ];
}

/** Rules that a revision of the pack no longer has, by their names. */
export function rulesGone(before: readonly string[], after: readonly string[]): Change[] {
    return before
        .filter((name) => !after.includes(name))
        .map((name) =>
            policyChange(
                "policy/rule-gone",
                name,
                `the pack has no rule ${name} any more`,
                "what it refused is let pass",
            ),
        );
}

function policyChange(
    kind: `policy/${string}`,
    about: string,
    text: string,
    weaker: string | undefined,
): Change {
    return {
        topic: "policy",
        kind,
        about,
        text,
        objects: [],
        ...(weaker !== undefined && { weaker }),
    };
}
