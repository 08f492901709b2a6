import assert from "node:assert/strict";
import { kubernetesYaml } from "#review/source/kubernetes-yaml.ts";

/** What `sigs.k8s.io/yaml`, the reader of kubectl and of the API server, makes of a value. */
const VALUES: readonly (readonly [written: string, read: unknown])[] = [
    ["0644", 420],
    ["+0644", 420],
    ["-010", -8],
    ["0o17", 15],
    ["0O17", 15],
    ["08", 8],
    ["00", 0],
    ["0_7", 7],
    ["0b11", 3],
    ["0b12", "0b12"],
    ["-0x1F", -31],
    ["0xZZ", "0xZZ"],
    ["1_000", 1000],
    ["_1", "_1"],
    ["1e3", 1000],
    [".5", 0.5],
    ["yes", true],
    ["y", true],
    ["ON", true],
    ["No", false],
    ["N", false],
    ["off", false],
    ["oN", "oN"],
    ["tRue", "tRue"],
    ["True", true],
    ['"yes"', "yes"],
    ["!!str yes", "yes"],
    ['"0644"', "0644"],
    ["1:30", "1:30"],
    ["190:20:30", "190:20:30"],
    ["2001-01-01", "2001-01-01"],
    ["~", null],
    ["", null],
    ["Null", null],
];

function valuesOf(text: string): unknown[] {
    return kubernetesYaml(text).documents.map((document) => document.toJS() as unknown);
}

describe("YAML as Kubernetes reads it", () => {
    for (const [written, read] of VALUES) {
        it(`makes ${JSON.stringify(read)} of ${written === "" ? "nothing" : written}`, () => {
            assert.deepEqual(valuesOf(`a: ${written}\n`), [{ a: read }]);
            assert.deepEqual(valuesOf(`%YAML 1.1\n---\na: ${written}\n`), [{ a: read }]);
        });
    }

    it("takes the last of a key that is written twice, what is merged, and keys for texts", () => {
        assert.deepEqual(valuesOf("a: 1\na: 2\n"), [{ a: 2 }]);
        assert.deepEqual(valuesOf("a: &a { b: 1, c: 1 }\nd: { <<: *a, c: 2 }\n"), [
            { a: { b: 1, c: 1 }, d: { b: 1, c: 2 } },
        ]);
        assert.deepEqual(valuesOf("on: 1\n8080: 2\n"), [{ true: 1, 8080: 2 }]);
    });

    it("knows where its documents are, whatever ends a line", () => {
        const { documents, lines } = kubernetesYaml(
            "\uFEFFa: 1\r\n---\r\n# A comment.\r\nb: 0644\r\n",
        );
        assert.deepEqual(
            documents.map(({ contents }) => lines.linePos(contents?.range[0] ?? 0).line),
            [1, 4],
        );
        assert.deepEqual(documents[1]?.toJS(), { b: 420 });
    });
});
