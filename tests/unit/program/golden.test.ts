import assert from "node:assert/strict";
import { describeChange, difference } from "../../render/difference.ts";
import { goldenText, parseGolden, readGolden } from "../../render/golden-file.ts";
import { GOLDENS } from "../../render/goldens.ts";

const REWRITE = "if that is what you want, run `npm run golden` and look at its diff";

describe("golden renderings", () => {
    for (const [name, render] of Object.entries(GOLDENS)) {
        it(`${name} is rendered as tests/golden/${name}.yaml says`, async () => {
            const [golden, text] = await Promise.all([
                readGolden(name),
                render().then((rendering) => goldenText(rendering)),
            ]);
            const changes = difference(parseGolden(golden), parseGolden(text));
            assert.ok(
                changes.length === 0,
                [REWRITE, "golden -> rendered:", ...changes.map(describeChange)].join("\n"),
            );
            assert.ok(golden === text, `the same values in another form: ${REWRITE}`);
        });
    }

    it("hold no secret's value", async () => {
        for (const name of Object.keys(GOLDENS)) {
            const golden = await readGolden(name);
            assert.ok(!golden.includes("random platform-"), `${name} shows a generated password`);
            for (const { type, inputs } of parseGolden(golden).resources) {
                if (type === "kubernetes:core/v1:Secret") {
                    assert.equal((inputs as { stringData: unknown }).stringData, "[secret]");
                }
            }
        }
    });
});
