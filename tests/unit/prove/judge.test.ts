import assert from "node:assert/strict";
import { isExact, compareRed, matches } from "#prove/judge.ts";

const IDS = [
    "identity/plaintext/order-service",
    "identity/plaintext/nats",
    "authorization/undeclared/nats:order-service",
    "authorization/undeclared/stranger:order-service",
    "authorization/undeclared/stranger:nats",
    "telemetry/trace",
];

describe("how a mutation is judged", () => {
    describe("patterns", () => {
        const cases = [
            { pattern: "telemetry/trace", id: "telemetry/trace", expected: true },
            { pattern: "telemetry/trace", id: "telemetry/traces", expected: false },
            { pattern: "telemetry/trace", id: "a/telemetry/trace", expected: false },
            { pattern: "a/*:x", id: "a/caller:x", expected: true },
            { pattern: "a/*:x", id: "a/b/caller:x", expected: true },
            { pattern: "a/*:x", id: "a/caller:xy", expected: false },
            { pattern: "a.b", id: "axb", expected: false },
            { pattern: "a/(b)", id: "a/(b)", expected: true },
            { pattern: "*", id: "anything/at/all", expected: true },
        ] as const;
        for (const { pattern, id, expected } of cases) {
            it(`${pattern} ${expected ? "means" : "does not mean"} ${id}`, () => {
                assert.equal(matches(pattern, id), expected);
            });
        }
    });

    it("exactly the intended checks: caught", () => {
        const verdict = compareRed(
            { breaks: ["telemetry/trace"] },
            IDS,
            new Set(["telemetry/trace"]),
        );
        assert.deepEqual(verdict, { missing: [], unexpected: [] });
        assert.equal(isExact(verdict), true);
    });

    it("nothing went red: the intended check is missing", () => {
        const verdict = compareRed({ breaks: ["telemetry/trace"] }, IDS, new Set());
        assert.deepEqual(verdict, { missing: ["telemetry/trace"], unexpected: [] });
        assert.equal(isExact(verdict), false);
    });

    it("an unrelated check went red with it: not exact", () => {
        const red = new Set(["telemetry/trace", "identity/plaintext/nats"]);
        const verdict = compareRed({ breaks: ["telemetry/trace"] }, IDS, red);
        assert.deepEqual(verdict, { missing: [], unexpected: ["identity/plaintext/nats"] });
        assert.equal(isExact(verdict), false);
    });

    it("of a pattern every check must go red, not just one", () => {
        const breaks = ["authorization/undeclared/*:order-service"];
        const red = new Set(["authorization/undeclared/nats:order-service"]);
        assert.deepEqual(compareRed({ breaks }, IDS, red), {
            missing: ["authorization/undeclared/stranger:order-service"],
            unexpected: [],
        });
    });

    it("what may break may also hold", () => {
        const mutation = { breaks: ["telemetry/trace"], mayBreak: ["identity/plaintext/*"] };
        for (const more of [[], ["identity/plaintext/nats"]]) {
            assert.equal(
                isExact(compareRed(mutation, IDS, new Set(["telemetry/trace", ...more]))),
                true,
            );
        }
        assert.equal(
            isExact(compareRed(mutation, IDS, new Set(["identity/plaintext/nats"]))),
            false,
        );
    });

    it("a pattern that means no check at all is never satisfied", () => {
        const verdict = compareRed(
            { breaks: ["telemetry/*", "edge/*"] },
            IDS,
            new Set(IDS.slice(5)),
        );
        assert.deepEqual(verdict.missing, ["edge/*"]);
    });

    it("a check that two patterns mean is missed once", () => {
        const { missing } = compareRed({ breaks: ["telemetry/*", "*/trace"] }, IDS, new Set());
        assert.deepEqual(missing, ["telemetry/trace"]);
    });
});
