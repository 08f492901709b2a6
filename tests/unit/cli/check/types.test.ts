import assert from "node:assert/strict";
import { errorsIn } from "#cli/check/types.ts";

describe("the compiler's errors", () => {
    it("are one for each, with its line and all that is said of it", () => {
        const output = `services/a.ts(3,5): error TS2322: Type 'number' is not assignable to type 'string'.
services/catalog.ts(8,50): error TS2345: Argument is not assignable.
  Type 'A' is missing
    the rest.
error TS5083: Cannot read file 'tsconfig.json'.
`;
        assert.deepEqual(errorsIn(output), [
            {
                message: "error TS2322: Type 'number' is not assignable to type 'string'.",
                source: { file: "services/a.ts", line: 3 },
            },
            {
                message:
                    "error TS2345: Argument is not assignable.\n  Type 'A' is missing\n    the rest.",
                source: { file: "services/catalog.ts", line: 8 },
            },
            { message: "error TS5083: Cannot read file 'tsconfig.json'." },
        ]);
    });

    it("are none where it says nothing", () => {
        assert.deepEqual(errorsIn(""), []);
    });
});
