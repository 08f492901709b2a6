import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { Subject } from "#review/subject.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { manifestsText } from "#cli/render/manifests.ts";

function object(
    apiVersion: string,
    kind: string,
    name: string,
    fields: object = {},
): DeclaredObject {
    return { ...fields, kind, metadata: { name }, apiVersion };
}

function subject(objects: readonly DeclaredObject[], charts: readonly DeclaredObject[]): Subject {
    const release = { name: "istiod", namespace: "system", chart: "istiod", values: {} };
    return {
        name: "stack test",
        resources: [],
        objects,
        releases: [
            { ...release, version: "1.2.3", objects: charts },
            { ...release, name: "gone", missing: "chart gone is not there" },
        ],
    };
}

function namesIn(text: string): unknown[] {
    const documents = parseAllDocuments(text) as { toJS(): DeclaredObject }[];
    return documents.map((document) => document.toJS().metadata.name);
}

describe("a rendering as YAML", () => {
    const own = [
        object("v1", "Service", "b"),
        object("apps/v1", "Deployment", "a"),
        object("v1", "Service", "a"),
        object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "last"),
        object("v1", "Namespace", "z"),
    ];
    const charts = [
        object("v1", "Service", "c"),
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "crd"),
    ];

    it("stands in an order in which it can be applied, whatever it came in", () => {
        const text = manifestsText(subject(own, charts));
        assert.deepEqual(namesIn(text), ["z", "crd", "a", "a", "b", "c", "last"]);
        assert.equal(manifestsText(subject(own.toReversed(), charts.toReversed())), text);
    });

    it("says which release an object comes from", () => {
        const text = manifestsText(subject([], charts));
        assert.ok(
            text.endsWith(
                "---\n# release istiod, chart istiod 1.2.3\napiVersion: v1\nkind: Service\nmetadata:\n    name: c\n",
            ),
            text,
        );
    });

    it("has sorted fields, and texts that nothing takes for something else", () => {
        const fields = { spec: { b: "yes", a: "0644", c: "1:30", d: true, e: "x\ny\n" } };
        assert.equal(
            manifestsText(subject([object("v1", "Service", "a", fields)], [])),
            [
                "---",
                "apiVersion: v1",
                "kind: Service",
                "metadata:",
                "    name: a",
                "spec:",
                "    a: '0644'",
                "    b: 'yes'",
                "    c: '1:30'",
                "    d: true",
                "    e: |",
                "        x",
                "        y",
                "",
            ].join("\n"),
        );
    });

    it("has marks in base64 where the API takes nothing else", () => {
        const text = manifestsText(
            subject(
                [
                    object("v1", "Secret", "a", {
                        data: { key: "[secret]", other: "aGk=" },
                        stringData: { key: "[secret]" },
                    }),
                    object("v1", "ConfigMap", "b", {
                        data: { key: "[generated]" },
                        binaryData: { key: "[generated]" },
                    }),
                    object("x/v1", "Webhook", "c", { hooks: [{ caBundle: "[unknown]" }] }),
                ],
                [],
            ),
        );
        const base64 = (mark: string): string => Buffer.from(mark).toString("base64");
        const objects = (parseAllDocuments(text) as { toJS(): object }[]).map((one) => one.toJS());
        assert.deepEqual(objects, [
            {
                ...object("v1", "ConfigMap", "b"),
                data: { key: "[generated]" },
                binaryData: { key: base64("[generated]") },
            },
            {
                ...object("v1", "Secret", "a"),
                data: { key: base64("[secret]"), other: "aGk=" },
                stringData: { key: "[secret]" },
            },
            { ...object("x/v1", "Webhook", "c"), hooks: [{ caBundle: base64("[unknown]") }] },
        ]);
    });
});
