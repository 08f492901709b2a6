import assert from "node:assert/strict";
import { rules } from "#policy/rules/index.ts";
import { ACCEPTED } from "./accepted.ts";
import { analyze } from "./engine.ts";
import type { Outcome } from "./engine.ts";
import { ownProgram } from "./programs.ts";

for (const name of ["dev", "prod", "local", "canaries", "bookinfo"] as const) {
    describe(`the pack and our own program, ${name}`, () => {
        let outcome: Outcome;
        before(async () => {
            const { manifests, settings } = await ownProgram(name);
            outcome = await analyze(manifests, settings);
        });

        it("finds nothing but the advice that is not taken there", () => {
            assert.deepEqual(
                outcome.reports
                    .map(({ rule, level, message }) => `${level} ${rule}: ${message}`)
                    .sort(),
                [...ACCEPTED[name]].sort(),
            );
            assert.ok(outcome.reports.every(({ level }) => level === "advisory"));
        });

        if (name === "dev" || name === "prod") {
            for (const rule of rules) {
                it(`has something for ${rule.name} to look at`, () => {
                    assert.ok(outcome.applied.has(rule.name));
                });
            }
        }
    });
}
