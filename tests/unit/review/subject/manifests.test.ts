import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifestSubject } from "#review/subject/from-manifests.ts";
import { Reading } from "#review/subject/resources.ts";
import type { Subject } from "#review/subject.ts";

describe("manifests as a subject", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-manifests-"));
    });
    after(() => rm(folder, { recursive: true }));

    const subjectOf = async (text: string): Promise<Subject> => {
        const file = join(folder, "a.yaml");
        await writeFile(file, text);
        return (await manifestSubject([file], new Reading())).subject;
    };
    const refused = async (text: string, message: RegExp): Promise<void> => {
        await assert.rejects(subjectOf(text), { name: "EnvironmentError", message });
    };

    it("has the values that Kubernetes reads", async () => {
        const { objects } = await subjectOf(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\nmode: 0644\nimmutable: yes\n",
        );
        assert.deepEqual([objects[0]?.["mode"], objects[0]?.["immutable"]], [420, true]);
    });

    it("tells a template that nobody has rendered, also one that is YAML by chance", async () => {
        const head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n";
        await refused(
            `${head}  name: {{ .Release.Name }}\n`,
            /a\.yaml:4 is not YAML \(MAP_AS_KEY\)/,
        );
        await refused(`{{- if .Values.a }}\n${head}  name: a\n{{- end }}\n`, /is not YAML \(/);
        const { objects } = await subjectOf(
            `${head}  name: a\n  annotations: { "{{ a }}": "{{ b }}" }\n`,
        );
        assert.equal(objects.length, 1);
    });

    it("takes many references to one value, and none that lead to themselves", async () => {
        const many = Array.from({ length: 3000 }, (_, index) => `  k${index}: *x\n`).join("");
        const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
        const { objects } = await subjectOf(`${head}x: &x text\ndata:\n${many}`);
        assert.equal(Object.keys(objects[0]?.["data"] as object).length, 3000);
        await refused(`${head}data: &x { a: *x }\n`, /grows without end/);
        const laughs = Array.from({ length: 9 }, (_, level) => {
            const inner = level === 0 ? "lol" : `*l${level - 1}`;
            return `l${level}: &l${level} [${Array.from({ length: 9 }, () => inner).join(", ")}]\n`;
        });
        await refused(`${head}${laughs.join("")}`, /grows without end/);
    });

    it("shows nothing of a Secret, nor of what was applied of it", async () => {
        const { objects } = await subjectOf(`apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata:
      name: a
      annotations:
        team: a
        kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"password":"hunter22"}}'
    data: { password: aHVudGVyMjI= }
    stringData: hunter22
`);
        assert.deepEqual(objects, [
            {
                apiVersion: "v1",
                kind: "Secret",
                metadata: {
                    name: "a",
                    annotations: {
                        team: "a",
                        "kubectl.kubernetes.io/last-applied-configuration": "[secret]",
                    },
                },
                data: { password: "[secret]" },
                stringData: "[secret]",
            },
        ]);
    });
});
