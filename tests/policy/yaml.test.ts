import assert from "node:assert/strict";
import { Unknown } from "#policy/known.ts";
import { readYaml } from "#policy/yaml.ts";

describe("the pack's reader of YAML", () => {
    it("reads maps, lists, flow maps, JSON and literal texts", () => {
        assert.deepEqual(
            readYaml('a:\n- b: {c: 1}\n  d: |\n    one\n    two\ne: {"f": [true, null]}\n'),
            { a: [{ b: { c: 1 }, d: "one\ntwo\n" }], e: { f: [true, null] } },
        );
    });

    it("takes the older words for true and false, as Istio does", () => {
        assert.deepEqual(readYaml("a: yes\nb: off\nc: 'no'\n"), { a: true, b: false, c: "no" });
    });

    it("follows anchors and merges", () => {
        const text = "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n";
        assert.deepEqual(readYaml(text), { a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } });
    });

    it("says the line of what is no YAML, and nothing of the rest", () => {
        const read = readYaml("a: 1\nb: [1, 2");
        assert.ok(read instanceof Unknown);
        assert.match(read.sentence, /line 2 of the text is no YAML$/);
    });

    it("takes a text that grows without end for unknown", () => {
        const doubled = Array.from({ length: 30 }, (_, index) =>
            index === 0
                ? "a0: &a0 [x, x]"
                : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
        );
        assert.ok(readYaml(doubled.join("\n")) instanceof Unknown);
    });

    for (const text of ["a: 1\n---\nb: 2\n", "a: 1\n- b\n", "{", 'a: "b']) {
        it(`takes ${JSON.stringify(text)} for unknown as a whole`, () => {
            assert.ok(readYaml(text) instanceof Unknown);
        });
    }
});
