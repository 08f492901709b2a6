import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { CASES_FOLDER, judgedCases } from "./cases.ts";

describe("the cases from public reports", () => {
    it("are all judged", () => {
        const files = readdirSync(CASES_FOLDER, { recursive: true, encoding: "utf8" });
        assert.deepEqual(
            files.filter((file) => /\.(yaml|json)$/.test(file) && !judgedCases.has(file)).sort(),
            [],
        );
    });
});
