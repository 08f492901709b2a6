import assert from "node:assert/strict";
import { parse } from "yaml";
import { Unknown } from "#policy/known.ts";
import { readYaml } from "#policy/yaml.ts";

const READ: Readonly<Record<string, string>> = {
    "what istioctl writes": `accessLogFile: /dev/stdout
defaultConfig:
  discoveryAddress: istiod.istio-system.svc:15012
  proxyMetadata: {}
  tracing:
    zipkin:
      address: zipkin.istio-system:9411
defaultProviders:
  metrics:
  - prometheus
extensionProviders:
- envoyOtelAls:
    port: 4317
    service: otel.svc.cluster.local
  name: otel
- name: x
  zipkin: {port: 9411, service: "a.b"}
rootNamespace: null
`,
    JSON: `{"a": {"b": [1, 2, {"c": "d\\"e"}]}, "x": null, "y": true, "z": ""}`,
    "JSON over lines, below a key": 'a: {\n  "b": [1,\n    2],\n  "c": "d"\n}\ne: [f,\n  g] # h\n',
    quotes: `a: 'it''s' # comment\nb: "x # y\\u0041"\n"c d": 1\ni: don't # say\nj: "two\n  lines"\n`,
    "texts as they are": "a: |\n  one\n    two\n\n  three\nb: >-\n  four\n  five\nc: |-\n  six\n",
    "lists in lists": "a:\n- - 1\n  - 2\n- k: v\n  l: w\n-\n  m: o\n- p\n",
    "numbers, and what only looks like one":
        "a: 1\nb: 0.5\nc: -3\nd: 1.24.0\ne: 10.0.0.0/8\nf: 1e3\n",
    "colons and marks within texts": "a: http://x:80/y\nb: x#y # z\nc: 5xx,gateway-error\nd: a-b\n",
    "a document's marks": "---\na: 1\n...\n",
    "lines of Windows": "a:\r\n  b: 1\r\n",
    "a text over lines": "a: one\n  two\nb: 3\n",
    "nothing below a key": "a:\nb: ~\nc: ''\n",
    nothing: "",
    "comments alone": "# a\n\n# b\n",
};

describe("the pack's reader of YAML", () => {
    for (const [title, text] of Object.entries(READ)) {
        it(`reads ${title}`, () => {
            assert.deepEqual(readYaml(text), parse(text));
        });
    }

    it("takes the older words for true and false, as Istio does", () => {
        assert.deepEqual(readYaml("a: yes\nb: off\nc: 'no'\n"), { a: true, b: false, c: "no" });
    });

    it("takes what it does not read for unknown, there alone", () => {
        const read = readYaml("a: &x\n  b: 1\nc: *x\nd: !t 3\ne: {f: *x}\ng: 4\n") as Record<
            string,
            unknown
        >;
        assert.ok(["a", "c", "d"].every((key) => read[key] instanceof Unknown));
        assert.ok((read["e"] as Record<string, unknown>)["f"] instanceof Unknown);
        assert.equal(read["g"], 4);
        assert.match((read["c"] as Unknown).sentence, /line 3/);
    });

    for (const text of [
        "a: 1\n\tb: 2",
        "<<: *x\na: 1",
        "a: [1, 2",
        "a: 1\n  b: 2\n",
        'a: "b',
        "a: 1\n---\nb: 2\n",
        "? a\n: b\n",
        "a: 1\n- b\n",
        "a: {b: 1} c\n",
        "a: b: c\n",
        "a: - b\n",
        "{",
    ]) {
        it(`takes ${JSON.stringify(text)} for unknown as a whole`, () => {
            assert.ok(readYaml(text) instanceof Unknown);
        });
    }
});
