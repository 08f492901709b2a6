import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const MESH = join(import.meta.dirname, "../../bin/mesh.js");
const PERMISSIVE = "istio-peer-authentication-enforce-strict";

const permissive = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: istio-system }
spec: { mtls: { mode: PERMISSIVE } }
`;
const strict = permissive.replace("PERMISSIVE", "STRICT");

interface Report {
    readonly resources: number;
    readonly holds: boolean;
    readonly violations: readonly { rule: string; urn: string; message: string }[];
}

describe("mesh policy --manifests", function () {
    this.timeout(120_000);
    let folder: string;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-manifests-"));
        await mkdir(join(folder, "deep"));
    });

    after(() => rm(folder, { recursive: true, force: true }));

    const file = async (name: string, content: string): Promise<string> => {
        const path = join(folder, name);
        await writeFile(path, content);
        return path;
    };
    const policy = (paths: readonly string[], input = "", ...options: readonly string[]) =>
        execa(process.execPath, [MESH, "policy", "--manifests", ...paths, ...options], {
            reject: false,
            input,
        });
    const reportOf = (stdout: string): Report => JSON.parse(stdout) as Report;

    it("judges every document of every file of a folder, and says where each finding is", async () => {
        const own = join(folder, "deep");
        await writeFile(join(own, "one.yaml"), `---\n# A comment.\n${strict}---\n${permissive}`);
        await writeFile(join(own, "values.yaml"), "replicas: 2\n");
        await writeFile(join(own, "notes.txt"), permissive);
        const { exitCode, stdout, stderr } = await policy([own], "", "--json");
        assert.equal(exitCode, 1, stderr);
        assert.equal(
            stderr,
            `${join(own, "values.yaml")} holds no object of Kubernetes and is left out.`,
        );
        const { resources, violations } = reportOf(stdout);
        assert.equal(resources, 2);
        const found = violations.filter(({ rule }) => rule === PERMISSIVE);
        assert.deepEqual(
            found.map(({ urn }) => urn),
            [`${join(own, "one.yaml")}:8`],
        );
    });

    it("judges Lists, as kubectl get writes them, and what comes in on stdin", async () => {
        const list = {
            apiVersion: "v1",
            kind: "List",
            items: [
                { apiVersion: "v1", kind: "List", items: [] },
                {
                    apiVersion: "security.istio.io/v1",
                    kind: "PeerAuthentication",
                    metadata: { name: "default", namespace: "istio-system" },
                    spec: { mtls: { mode: "PERMISSIVE" } },
                },
            ],
        };
        const { exitCode, stdout } = await policy(["-"], JSON.stringify(list), "--json");
        assert.equal(exitCode, 1);
        const { resources, violations } = reportOf(stdout);
        assert.equal(resources, 1);
        const found = violations.filter(({ rule }) => rule === PERMISSIVE);
        assert.deepEqual(
            found.map(({ urn }) => urn),
            ["stdin:1, item 2"],
        );
    });

    it("shows nothing of a Secret", async () => {
        const path = await file(
            "secret.yaml",
            `apiVersion: v1
kind: Secret
metadata: { name: any, namespace: shop }
stringData: { mode: PERMISSIVELY-HIDDEN }
---
${permissive.replace("PERMISSIVE", "PERMISSIVELY-HIDDEN")}`,
        );
        const { stdout, stderr } = await policy([path]);
        assert.doesNotMatch(stdout + stderr, /PERMISSIVELY/);
    });

    it("refuses in one sentence what holds no object, is no YAML, is not there, or goes with another subject", async () => {
        const empty = await file("empty.yaml", "# nothing\n");
        const chart = await file("chart.yaml", "a: {{ .Values.a }}\nb: [\n");
        const cases: readonly (readonly [readonly string[], RegExp])[] = [
            [[empty], /^\S+empty\.yaml holds no object of Kubernetes: apiVersion and kind/],
            [[chart], /^\S+chart\.yaml:\d+ is not YAML \(\w+\); a template has to be rendered/],
            [[join(folder, "none")], /^There is no file and no folder \S+none\.$/],
            [
                [empty, "--state", "state.json"],
                /'--manifests.*' cannot be used with option '--state/,
            ],
            [[empty, "--stack", "dev"], /'--manifests.*' cannot be used with option '--stack/],
        ];
        for (const [args, sentence] of cases) {
            const { exitCode, stdout, stderr } = await policy(args);
            assert.equal(exitCode, 2, stderr);
            assert.equal(stdout, "");
            assert.match(stderr, sentence);
        }
    });
});
