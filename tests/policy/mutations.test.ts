import assert from "node:assert/strict";
import type { Settings } from "#policy/settings.ts";
import { violationsIn } from "./cases.ts";
import type { Report } from "./engine.ts";
import { UNKNOWN } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";
import type { Mutation } from "./mutation.ts";
import { MUTATIONS } from "./mutations.ts";
import { ownProgram } from "./programs.ts";
import type { Program, ProgramName } from "./programs.ts";

/** A copy of `value` in which `to` stands at `steps`; `undefined` removes what is there. */
function changed(
    value: unknown,
    [step, ...rest]: readonly (string | number)[],
    to: unknown,
): unknown {
    if (step === undefined) {
        return to;
    }
    if (typeof step === "number") {
        const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
        return Object.assign([...list], { [step]: changed(list[step], rest, to) });
    }
    const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    const inner = changed(fields[step], rest, to);
    return Object.fromEntries(
        Object.entries({ ...fields, [step]: inner }).filter(([, field]) => field !== undefined),
    );
}

function mutate(manifests: readonly Manifest[], { resource, at, to }: Mutation): Manifest[] {
    const target = manifests.find(({ name }) => name === resource);
    assert.ok(target, `the program has no ${resource}`);
    if (at === undefined) {
        return manifests.filter((manifest) => manifest !== target);
    }
    const props = changed(target.props, at, to) as Manifest["props"];
    assert.notDeepEqual(props, target.props, "nothing was changed");
    return manifests.map((manifest) => (manifest === target ? { ...target, props } : manifest));
}

/** What the pack says, without the SDK's half: that is the same for every program, and takes most of the time. */
function judge(manifests: readonly Manifest[], settings: Settings): Report[] {
    const resources = manifests.map(({ type, name, props }) => ({ type, name, props, urn: name }));
    return violationsIn(resources, settings).map(({ rule, level, message, urn }) => ({
        rule: rule.name,
        level,
        message,
        urn,
    }));
}

const asLine = ({ rule, message }: Report): string => `${rule}: ${message}`;
const UNDECIDED = ": cannot be judged at preview; ";
const rulesOf = (reports: readonly Report[]): string[] => [
    ...new Set(reports.map(({ rule }) => rule)),
];

describe("a single weakening of our own program", () => {
    const programs = new Map<ProgramName, Program & { readonly lines: ReadonlySet<string> }>();
    before(async function () {
        // Each program is rendered and judged once; on a machine that is busy otherwise all of them take minutes.
        this.timeout(180_000);
        for (const name of new Set(MUTATIONS.map(({ program = "prod" }) => program))) {
            const program = await ownProgram(name);
            const reports = judge(program.manifests, program.settings);
            programs.set(name, { ...program, lines: new Set(reports.map(asLine)) });
        }
    });

    /** What the pack says of the changed program that it does not say of the sound one. */
    const freshReports = (mutation: Mutation): Report[] => {
        const program = programs.get(mutation.program ?? "prod");
        assert.ok(program);
        const { manifests, settings, lines } = program;
        const reports = judge(mutate(manifests, mutation), settings);
        return reports.filter((report) => !lines.has(asLine(report)));
    };

    for (const mutation of MUTATIONS) {
        const { what, program = "prod", at } = mutation;
        const caughtBy = [mutation.caughtBy].flat();

        it(`${program}: ${what} is caught by ${caughtBy.join(" and ")}`, () => {
            const fresh = freshReports(mutation);
            assert.deepEqual(
                rulesOf(fresh).sort(),
                [...caughtBy].sort(),
                fresh.map(asLine).join("\n"),
            );
        });

        // A removed object has no place, and the type token tells the version of one whose apiVersion is not known.
        if (at === undefined || at[0] === "apiVersion") {
            continue;
        }
        it(`${program}: whether ${what} is left open while the place is not known`, () => {
            const fresh = freshReports({ ...mutation, to: UNKNOWN });
            const undecided = rulesOf(fresh.filter(({ message }) => message.includes(UNDECIDED)));
            // Of an object of which nothing is known, only the rules for what it is now can say so.
            const expected = at.length === 1 ? [] : caughtBy;
            assert.ok(undecided.length > 0);
            assert.deepEqual(
                expected.filter((rule) => !undecided.includes(rule)),
                [],
                `undecided are ${undecided.join(", ")}`,
            );
            assert.ok(fresh.every(({ level }) => level === "advisory"));
        });
    }

    it("is tried on at least 30 controls", () => {
        assert.ok(MUTATIONS.length >= 30, `${MUTATIONS.length} mutations`);
    });
});
