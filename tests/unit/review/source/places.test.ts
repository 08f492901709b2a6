import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { checkResources } from "#policy/check.ts";
import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import { changedFilesIn, changedWithin } from "#review/source/lines.ts";
import { ManifestLines } from "#review/source/manifests.ts";
import { declaredFor, Owners } from "#review/source/owners.ts";
import { SourcePlaces } from "#review/source/places.ts";
import { settingPlace } from "#review/source/stack-file.ts";
import { stepsOf } from "#review/source/yaml-lines.ts";
import { manifestResources } from "#review/subject/manifests.ts";
import { Reading } from "#review/subject/resources.ts";
import { renderStack } from "../../../render/render.ts";

const CHECKOUT = fileURLToPath(new URL("../../../../", import.meta.url));

let folder = "";
beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mesh-places-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The number of the first line of a text that holds a word, from 1 on. */
function lineWith(text: string, word: string): number {
    return text.split("\n").findIndex((line) => line.includes(word)) + 1;
}

describe("the place of a stack's setting", () => {
    it("is the line of its key, or of what is left of it", async () => {
        const text = [
            "# a comment",
            "config:",
            "    mesh:environment: prod",
            "    mesh:addonUrls:",
            "        grafana: https://grafana.example",
            "    mesh:deployers: { groups: [a, b] }",
        ].join("\n");
        await writeFile(join(folder, "Pulumi.prod.yaml"), text);
        const lineOf = async (...path: string[]): Promise<number | undefined> =>
            (await settingPlace(folder, "prod", path))?.line;
        assert.equal(await lineOf("mesh:environment"), 3);
        assert.equal(await lineOf("mesh:addonUrls", "grafana"), 5);
        assert.equal(await lineOf("mesh:addonUrls", "kiali"), 4);
        assert.equal(await lineOf("mesh:deployers", "groups"), 6);
        assert.equal(await lineOf("mesh:gone"), 2);
        assert.equal(await settingPlace(folder, "other", []), undefined);
    });
});

describe("the place of a field of a manifest", () => {
    const TEXT = `# two documents
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
    name: a
spec:
    http:
        - route: &route
              - destination: { host: a }
          timeout: 0s
        - <<: { retries: { attempts: 9 } }
          route: *route
---
apiVersion: v1
kind: List
items:
    - apiVersion: v1
      kind: ConfigMap
      metadata:
          name: b
    - apiVersion: v1
      kind: List
      items:
          - apiVersion: v1
            kind: Service
            metadata:
                name: c
                annotations:
                    a.example/b.c: text
            spec:
                ports:
                    - port: 80
`;

    async function places(): Promise<(name: string, path: string) => Promise<number | undefined>> {
        const file = join(folder, "all.yaml");
        await writeFile(file, TEXT);
        const { resources } = await manifestResources([folder], new Reading());
        const lines = new ManifestLines(folder);
        return async (name, path) => {
            const urn = resources.find((resource) => resource.name === name)?.urn;
            assert.ok(urn);
            const place = await lines.placeOf(urn, path);
            assert.equal(place?.file, "all.yaml");
            return place.line;
        };
    }

    it("is its line, also in a list of lists", async () => {
        const lineOf = await places();
        assert.equal(await lineOf("a", "spec.http[0].timeout"), lineWith(TEXT, "timeout"));
        assert.equal(await lineOf("a", ""), lineWith(TEXT, "apiVersion: networking"));
        assert.equal(await lineOf("b", "metadata.name"), lineWith(TEXT, "name: b"));
        assert.equal(await lineOf("c", "spec.ports[0].port"), lineWith(TEXT, "port: 80"));
        const annotation = 'metadata.annotations["a.example/b.c"]';
        assert.equal(await lineOf("c", annotation), lineWith(TEXT, "a.example/b.c"));
    });

    it("is where an alias or a merged map says it", async () => {
        const lineOf = await places();
        const host = "spec.http[1].route[0].destination.host";
        assert.equal(await lineOf("a", host), lineWith(TEXT, "host: a"));
        assert.equal(await lineOf("a", "spec.http[1].retries.attempts"), lineWith(TEXT, "<<"));
    });

    it("of what is not written is that of the longest part that is", async () => {
        const lineOf = await places();
        assert.equal(await lineOf("a", "spec.http[0].retries.attempts"), lineWith(TEXT, "- route"));
        assert.equal(await lineOf("b", "spec.anything"), lineWith(TEXT, "kind: ConfigMap") - 1);
    });

    it("is unknown of what came in on stdin, and of what is outside", async () => {
        const lines = new ManifestLines(join(folder, "inside"));
        assert.equal(await lines.placeOf(`${join(folder, "all.yaml")}:1`, "spec"), undefined);
        assert.equal(await lines.placeOf("urn:pulumi:prod::a::b::c", "spec"), undefined);
    });

    it("is where a rule of the pack finds fault", async () => {
        const text = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
    name: default
    namespace: shop
spec:
    mtls:
        mode: PERMISSIVE
`;
        const file = join(folder, "peer.yaml");
        await writeFile(file, text);
        // As a person names it: relative to where they are.
        const { resources } = await manifestResources(
            [relative(process.cwd(), file)],
            new Reading(),
        );
        const violations = checkResources(rules, resources, {
            settings: DEFAULT_SETTINGS,
            levelOf: ({ level }) => level,
            now: new Date(),
        });
        const found = violations.find(({ message }) => message.includes("PERMISSIVE"));
        assert.ok(found);
        const place = await new ManifestLines(folder).placeOf(found.urn, found.path);
        assert.deepEqual(place, { file: "peer.yaml", line: lineWith(text, "PERMISSIVE") });
    });

    it("reads a path as a rule writes it", () => {
        assert.deepEqual(stepsOf('spec.http[0].match[1].headers["x.a"].exact'), [
            "spec",
            "http",
            0,
            "match",
            1,
            "headers",
            "x.a",
            "exact",
        ]);
        assert.deepEqual(stepsOf(""), []);
    });
});

describe("the lines that changed", () => {
    async function git(...args: readonly string[]): Promise<string> {
        const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        const { stdout } = await execa("git", [...who, ...args], { cwd: folder });
        return stdout;
    }

    it("are those that git tells of, whatever stands in them", async () => {
        const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
        await git("init", "-q");
        await writeFile(join(folder, "a b.txt"), `${lines.join("\n")}\n`);
        await writeFile(join(folder, "ü.txt"), "one\n");
        await writeFile(join(folder, "gone.txt"), "one\n");
        await git("add", ".");
        await git("commit", "-qm", "base");
        lines.splice(14, 2);
        lines[4] = "++ b/other.txt\n@@ -1 +1 @@";
        await writeFile(join(folder, "a b.txt"), `${lines.join("\n")}\n`);
        await writeFile(join(folder, "ü.txt"), "two\n");
        await rm(join(folder, "gone.txt"));
        const diff = await git("diff", "--unified=0", "--no-prefix", "--no-color", "HEAD");
        assert.deepEqual(changedFilesIn(diff), [
            {
                file: "a b.txt",
                lines: [
                    { from: 5, to: 6 },
                    { from: 15, to: 15 },
                ],
            },
            { file: "ü.txt", lines: [{ from: 1, to: 1 }] },
        ]);
    });

    it("are looked for within others", () => {
        const changed = [{ file: "a.ts", lines: [{ from: 5, to: 8 }] }];
        assert.deepEqual(changedWithin(changed, "a.ts", { from: 1, to: 5 })?.line, 5);
        assert.deepEqual(changedWithin(changed, "a.ts", { from: 7, to: 9 })?.line, 7);
        assert.equal(changedWithin(changed, "a.ts", { from: 9, to: 10 }), undefined);
        assert.equal(changedWithin(changed, "b.ts", { from: 5, to: 5 }), undefined);
    });
});

describe("the place of a finding", () => {
    const declared = { workload: "payment-service", path: ["callers"] };

    it("of a declaration is a line of it that changed, where one did", async () => {
        const { line } = (await new SourcePlaces(CHECKOUT).locate({ declared, objects: [] })) ?? {};
        assert.ok(line);
        const near = (from: number): Promise<unknown> =>
            new SourcePlaces(CHECKOUT, [
                { file: "services/payment.ts", lines: [{ from, to: from }] },
            ]).locate({ declared, objects: [] });
        assert.deepEqual(await near(line + 1), { file: "services/payment.ts", line: line + 1 });
        assert.deepEqual(await near(line - 1), { file: "services/payment.ts", line });
    });

    describe("without a declaration", () => {
        const object = { kind: "Gateway", namespace: "istio-ingress", name: "ingress" };
        const change = (file: string): { file: string; lines: { from: number; to: number }[] } => ({
            file,
            lines: [{ from: 2, to: 3 }],
        });

        beforeEach(async () => {
            await mkdir(join(folder, "components"));
            await writeFile(join(folder, "components/a.ts"), "\n\nnew Gateway()\nnew Sidecar()");
            await writeFile(join(folder, "components/b.ts"), "Gateway\n\n\n");
            await writeFile(join(folder, "Pulumi.prod.yaml"), "\na\nb\n");
        });

        it("is a changed line that names its object", async () => {
            const places = new SourcePlaces(
                folder,
                ["components/b.ts", "components/a.ts"].map(change),
            );
            assert.deepEqual(await places.locate({ objects: [object] }), {
                file: "components/a.ts",
                line: 3,
            });
            const sidecar = { ...object, kind: "Sidecar", name: "default" };
            assert.equal(await places.locate({ objects: [sidecar] }), undefined);
        });

        it("is the first line of the only file that changed and makes objects", async () => {
            const places = new SourcePlaces(
                folder,
                ["README.md", "tests/a.test.ts", "Pulumi.prod.yaml"].map(change),
            );
            assert.deepEqual(await places.locate({ objects: [object], stack: "prod" }), {
                file: "Pulumi.prod.yaml",
                line: 2,
            });
            assert.equal(await places.locate({ objects: [object], stack: "dev" }), undefined);
        });

        it("is unknown where nothing was compared", async () => {
            assert.equal(await new SourcePlaces(folder).locate({ objects: [object] }), undefined);
        });
    });
});

describe("whose an object of the program is", () => {
    it("is the workload whose component made it", async () => {
        const { resources } = await renderStack("dev");
        const owners = new Owners(resources);
        const of = (kind: string): Set<string | undefined> =>
            new Set(
                resources
                    .filter(({ type }) => type.endsWith(`:${kind}`))
                    .map(({ type, name }) =>
                        owners.workloadOf(`urn:pulumi:dev::a4co-mesh::${type}::${name}`),
                    ),
            );
        const workloads = ["inventory-service", "nats", "order-service", "payment-service"];
        assert.deepEqual([...of("Deployment")].sort(), workloads);
        assert.ok(of("VirtualService").has("payment-service"));
        assert.deepEqual([...of("Namespace")], [undefined]);
    });

    it("leads to the property that the field follows from", async () => {
        const cases = [
            ["VirtualService", "spec.http[0].timeout", "routes: ["],
            ["DestinationRule", "spec.trafficPolicy.outlierDetection.interval", "outlierDetection"],
            ["AuthorizationPolicy", "spec.rules[0].to[0].operation.paths[0]", "callers: {"],
            ["Deployment", "spec.replicas", "replicas: 4"],
            ["ServiceAccount", "metadata.labels", 'name: "payment-service"'],
        ] as const;
        await cp(join(CHECKOUT, "services"), join(folder, "services"), { recursive: true });
        const places = new SourcePlaces(folder);
        for (const [kind, field, expected] of cases) {
            const declared = declaredFor("payment-service", kind, field);
            const place = await places.locate({ declared, objects: [] });
            const text = await readFile(join(folder, "services/payment.ts"), "utf8");
            assert.equal(place?.line, lineWith(text, expected), kind);
        }
    });
});
