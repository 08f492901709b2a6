import assert from "node:assert/strict";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { paths } from "#local/node/layout.ts";
import { ensureTool } from "#local/toolchain.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { CHECKOUT, mesh } from "./support.ts";

/** Moves the clock of a Node process, as if it were run on another day. */
const ANOTHER_DAY = `data:text/javascript,${encodeURIComponent(
    "const now = Date.now; Date.now = () => now() + 40 * 86400e3;" +
        "globalThis.Date = class extends Date { constructor(...a) { super(...(a.length ? a : [Date.now()])); } };",
)}`;

describe("mesh render", () => {
    let kubectl: string;
    let rendered: string;

    before(async () => {
        // On this machine nothing else installs it.
        await ensureTool("helm");
        kubectl = await ensureTool("kubectl");
        const { exitCode, stdout, stderr } = await mesh("render", "--stack", "local", "--no-pull");
        assert.equal(exitCode, 0, stderr);
        assert.equal(stderr, "");
        rendered = stdout;
    });

    /** What the API server says to all of it, without keeping anything. */
    function dryRun(text: string): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
        const args = ["apply", "--server-side", "--dry-run=server", "--force-conflicts"];
        return execa(kubectl, [...args, "--kubeconfig", paths.kubeconfig, "-f", "-"], {
            input: text,
            reject: false,
        });
    }

    it("has every object of the program and of its charts, and the API server takes them all", async () => {
        const documents = parseAllDocuments(rendered) as { toJS(): DeclaredObject }[];
        const objects = documents.map((document) => document.toJS());
        const has = (kind: string, name: string): boolean =>
            objects.some((object) => object.kind === kind && object.metadata.name === name);
        // One of the program, one of each chart, and a definition that a chart brings.
        assert.ok(has("AuthorizationPolicy", "deny-all"));
        assert.ok(has("ServiceAccount", "istio-reader-service-account"));
        assert.ok(has("Deployment", "istiod"));
        assert.ok(has("Deployment", "istio-ingressgateway"));
        assert.ok(has("Deployment", "jaeger"));
        assert.ok(has("CustomResourceDefinition", "virtualservices.networking.istio.io"));
        const { exitCode, stdout, stderr } = await dryRun(rendered);
        assert.equal(exitCode, 0, stderr);
        const taken = stdout.split("\n").filter((line) => line.includes("serverside-applied"));
        assert.equal(taken.length, objects.length);
    });

    it("would be told of an object that the API server refuses", async () => {
        const { exitCode, stderr } = await dryRun(rendered.replace("mode: STRICT", "mode: STRCT"));
        assert.equal(exitCode, 1);
        assert.match(stderr, /STRCT/);
    });

    it("gives the same bytes on another day, elsewhere", async () => {
        const { stdout } = await execa(
            process.execPath,
            ["bin/mesh.js", "render", "--stack", "local", "--no-pull"],
            {
                cwd: CHECKOUT,
                env: {
                    NODE_OPTIONS: `--import=${ANOTHER_DAY}`,
                    TZ: "Pacific/Auckland",
                    LC_ALL: "tr_TR.UTF-8",
                },
            },
        );
        assert.equal(stdout, rendered);
    });

    it("leaves out by name what it has no chart of, and has the rest", async () => {
        const { exitCode, stdout, stderr } = await mesh("render", "--stack", "prod", "--no-pull");
        assert.equal(exitCode, 2);
        assert.match(
            stderr,
            /^Left out: chart istiod 1\.31\.\d+ of release istiod \(https:\/\/blob\.istio\.io\/\S+\) is not there/m,
        );
        const own = await mesh("render", "--stack", "prod", "--without-charts");
        assert.deepEqual([own.exitCode, own.stderr], [0, ""]);
        assert.equal(own.stdout, stdout);
        assert.match(stdout, /^kind: AuthorizationPolicy$/m);
    });
});
