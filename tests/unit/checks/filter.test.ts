import { deepStrictEqual, ok, throws } from "node:assert";
import { SECTION_NAMES } from "#checks/check.ts";
import { checksOf, sectionOf, selectChecks } from "#checks/filter.ts";
import type { Selection } from "#checks/filter.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";

const CHECKS = [
    { id: "identity/arrives/a:b" },
    { id: "identity/plaintext/b" },
    { id: "authorization/allowed/a:b" },
    { id: "authorization/denied/b:a" },
    { id: "edge/tls.minimum" },
] as const;

function selected(selection: Selection): readonly string[] {
    return selectChecks(CHECKS, selection).map(({ id }) => id);
}

describe("a selection of checks", () => {
    const cases: readonly (readonly [string, Selection, readonly string[]])[] = [
        ["nothing", {}, CHECKS.map(({ id }) => id)],
        ["a section", { only: ["identity"] }, ["identity/arrives/a:b", "identity/plaintext/b"]],
        ["an id", { only: ["identity/plaintext/b"] }, ["identity/plaintext/b"]],
        ["a beginning", { only: ["authorization/den"] }, ["authorization/denied/b:a"]],
        ["a glob", { only: ["*a:b"] }, ["identity/arrives/a:b", "authorization/allowed/a:b"]],
        [
            "a glob as a whole",
            { only: ["edge/*", "i*/b"] },
            ["identity/plaintext/b", "edge/tls.minimum"],
        ],
        ["skips", { skip: ["identity", "authorization"] }, ["edge/tls.minimum"]],
        [
            "skips of what is named",
            { only: ["identity"], skip: ["*/plaintext/*"] },
            ["identity/arrives/a:b"],
        ],
    ];
    for (const [what, selection, ids] of cases) {
        it(`takes ${what}`, () => {
            deepStrictEqual(selected(selection), ids);
        });
    }

    for (const pattern of ["plaintext", "", "*plain", "edge/tls?minimum*", "edge/tls.minimum.x"]) {
        it(`refuses "${pattern}", which matches nothing, and names the sections`, () => {
            const refusal = {
                name: "EnvironmentError",
                message: /^No check matches .*preflight, .*telemetry/,
            };
            throws(() => selected({ only: [pattern] }), refusal);
            throws(() => selected({ skip: [pattern] }), refusal);
        });
    }

    it("refuses to leave nothing", () => {
        throws(() => selected({ only: ["edge"], skip: ["*"] }), {
            name: "EnvironmentError",
            message: /leaves none/,
        });
    });
});

describe("the checks of the services", () => {
    it("have ids of their own, in the order of their sections, and pages that explain them", async () => {
        const { mesh } = await declaredMesh({ stack: "local" }, true);
        const checks = await checksOf(mesh);
        const ids = checks.map(({ id }) => id);
        deepStrictEqual([...new Set(ids)], ids);
        const sections = [...new Set(checks.map(sectionOf))];
        deepStrictEqual(sections, [...SECTION_NAMES]);
        for (const { id, title, documentation } of checks) {
            ok(new URL(documentation).pathname.length > 1, `${id}: ${documentation}`);
            ok(title.length > 0 && !title.includes("\n"), id);
        }
    });
});
