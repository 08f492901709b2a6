import * as assert from "node:assert/strict";
import type { Level, Rule } from "#policy/rule.ts";
import type { Settings } from "#policy/settings.ts";
import { analyze } from "./engine.ts";
import type { Manifest } from "./manifests.ts";

export { TODAY } from "./engine.ts";

/** One stack, and exactly what a rule says about it. */
interface Case {
    readonly objects: readonly Manifest[];
    readonly settings?: Partial<Settings>;
    /** Messages at the rule's own level. */
    readonly violations?: readonly string[];
    /** Messages that are advisory whatever the rule's level: what is not known yet, and what is exempted. */
    readonly advisories?: readonly string[];
    /** Whether the rule has anything to look at. Default true. */
    readonly applies?: boolean;
}

type Cases = Readonly<Record<string, Case>>;

/** What every rule is tried on. */
export interface RuleCases {
    readonly compliant: Cases;
    readonly violating: Cases;
    /** Values that are not known at preview: no pass, no crash, and no cover for what is known to be wrong. */
    readonly unknown: Cases;
    /** What looks like a violation and is none, or is none of this rule's business. */
    readonly nearMiss: Cases;
}

async function assertCase(rule: Rule, given: Case): Promise<void> {
    const { reports, applied } = await analyze(given.objects, given.settings);
    assert.equal(
        applied.has(rule.name),
        given.applies ?? true,
        `${rule.name} had ${applied.has(rule.name) ? "something" : "nothing"} to look at`,
    );
    const own = reports.filter(({ rule: name }) => name === rule.name);
    const expected = [
        ...(given.violations ?? []).map((message) => ({ level: rule.level, message })),
        ...(given.advisories ?? []).map((message) => ({ level: "advisory" as const, message })),
    ];
    const sorted = (list: readonly { level: Level; message: string }[]) =>
        list.map(({ level, message }) => `${level}: ${message}`).sort();
    assert.deepEqual(sorted(own), sorted(expected));
}

/** The same object from a typed class, whose token alone says what it is. */
function asTypedClass({ type, name, props }: Manifest): Manifest {
    const { apiVersion, kind, ...rest } = props;
    return apiVersion === undefined || kind === undefined
        ? { type, name, props }
        : { type, name, props: rest };
}

/** The same object in an older version of its API, from a class that is not Pulumi's. */
function asOlderVersion({ type, name, props }: Manifest): Manifest {
    return String(props["apiVersion"]).includes(".istio.io/")
        ? {
              type: type.replace(/^kubernetes:(.*)\/v\w+:/, "crds:$1/v1beta1:"),
              name,
              props: {
                  ...props,
                  apiVersion: String(props["apiVersion"]).replace(/\/v\w+$/, "/v1beta1"),
              },
          }
        : { type, name, props };
}

/** A table says what it is for by what its objects give rise to. */
function assertTable(table: keyof RuleCases, { violations = [], advisories = [] }: Case): void {
    assert.ok(table !== "violating" || violations.length > 0, "nothing is violated");
    assert.ok(table !== "unknown" || advisories.length > 0, "nothing is unknown");
    assert.ok(
        table === "violating" || table === "unknown" || violations.length === 0,
        "something is violated",
    );
}

/**
 * Declares the tests of a rule: its tables, and the violating objects once more as typed classes and in an older
 * version of their API.
 *
 * @param options.anyVersion false for a rule that is about versions
 */
export function describeRule(rule: Rule, cases: RuleCases, { anyVersion = true } = {}): void {
    describe(rule.name, () => {
        for (const table of ["compliant", "violating", "unknown", "nearMiss"] as const) {
            it(`has objects that are ${table}`, () => {
                assert.notDeepEqual(cases[table], {});
            });
            for (const [title, given] of Object.entries(cases[table])) {
                it(`${table}: ${title}`, async () => {
                    assertTable(table, given);
                    await assertCase(rule, given);
                });
            }
        }
        for (const [title, given] of Object.entries(cases.violating)) {
            it(`violating, from a typed class: ${title}`, () =>
                assertCase(rule, { ...given, objects: given.objects.map(asTypedClass) }));
            if (anyVersion) {
                it(`violating, in an older version: ${title}`, () =>
                    assertCase(rule, { ...given, objects: given.objects.map(asOlderVersion) }));
            }
        }
    });
}
