import assert from "node:assert/strict";
import { steady } from "#stack/charts/generated.ts";
import { kubernetesYaml } from "#stack/charts/yaml.ts";

describe("YAML as Kubernetes reads it", () => {
    it("takes a leading zero for octal, and yes for true", () => {
        const text = "mode: 0644\non: yes\nport: '0644'\ntime: 1:30\nday: 2026-11-30\nfloat: 1e3\n";
        assert.deepEqual(kubernetesYaml(text), [
            { mode: 420, true: true, port: "0644", time: "1:30", day: "2026-11-30", float: 1000 },
        ]);
    });

    it("takes the last of a field that is there twice", () => {
        assert.deepEqual(kubernetesYaml("app: a\nb: c\napp: d\n"), [{ app: "d", b: "c" }]);
    });

    it("has several documents, and anchors that are merged", () => {
        const text = "a: &a {b: 1}\n---\n# nothing\n---\nc: &c {d: 2}\ne: {<<: *c, f: 3}\n";
        assert.deepEqual(kubernetesYaml(text), [
            { a: { b: 1 } },
            null,
            { c: { d: 2 }, e: { d: 2, f: 3 } },
        ]);
    });
});

describe("two renderings of one chart", () => {
    it("have marks where they differ, and nowhere else", () => {
        const first = { a: [1, { b: "x", c: "y" }], d: null };
        const second = { a: [1, { b: "x", c: "z" }], d: null };
        assert.deepEqual(steady(first, second), { a: [1, { b: "x", c: "[generated]" }], d: null });
    });

    it("have one mark for what has another shape", () => {
        assert.deepEqual(steady({ a: [1] }, { a: [1, 2] }), { a: "[generated]" });
        assert.deepEqual(steady({ a: { b: 1 } }, { a: { c: 1 } }), { a: "[generated]" });
        assert.deepEqual(steady({ a: null }, { a: {} }), { a: "[generated]" });
    });
});
