import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withTables } from "./readme.ts";

describe("the README's section on the policy pack", () => {
    it("lists the rules and settings as the code has them", () => {
        const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
        assert.equal(readme, withTables(readme), "run: npm run readme");
    });
});
