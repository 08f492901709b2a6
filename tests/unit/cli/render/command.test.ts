import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { DEFAULT_ISTIO_VERSION } from "#stack/chart-versions.ts";
import type { FakeHelm } from "../../stack/charts/fake-helm.ts";
import { fakeHelm } from "../../stack/charts/fake-helm.ts";

const CHECKOUT = resolve(import.meta.dirname, "../../../..");

describe("mesh render", () => {
    let folder: string;
    let helm: FakeHelm;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-render-"));
        helm = await fakeHelm();
    });
    after(async () => {
        await rm(folder, { recursive: true });
        await helm.remove();
    });

    /** Runs it on a machine without a toolchain, and with nothing on PATH but Node. */
    async function render(
        args: readonly string[],
        env: Readonly<Record<string, string>> = {},
    ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
        const {
            exitCode = -1,
            stdout,
            stderr,
        } = await execa(process.execPath, ["bin/mesh.js", "render", ...args], {
            cwd: CHECKOUT,
            reject: false,
            extendEnv: false,
            env: {
                HOME: folder,
                XDG_CACHE_HOME: folder,
                PATH: resolve(process.execPath, ".."),
                ...env,
            },
        });
        return { exitCode, stdout, stderr };
    }

    it("prints what the program itself makes, and says once that there is no Helm", async () => {
        const { exitCode, stdout, stderr } = await render(["--stack", "dev"]);
        assert.equal(exitCode, 2);
        assert.equal(stderr.match(/There is no helm: get version 3/g)?.length, 1);
        assert.match(
            stderr,
            /^Left out: chart istiod \S+ of release istiod \(\S+\) was not rendered: there is no helm\.$/m,
        );
        const file = join(folder, "dev.yaml");
        const own = await render(["--stack", "dev", "--without-charts", "--output", file]);
        assert.deepEqual([own.exitCode, own.stdout, own.stderr], [0, "", ""]);
        assert.equal(await readFile(file, "utf8"), `${stdout}\n`);
        assert.match(stdout, /password: '\[secret\]'/);
        assert.doesNotMatch(stdout, /random platform-grafana/);
    });

    it("has the objects of the charts that it finds, and names the others", async () => {
        const charts = await helm.chart("charts", "istiod", DEFAULT_ISTIO_VERSION);
        await helm.chart("charts", "base", "1.0.0");
        const env = { MESH_HELM: helm.path };
        const { exitCode, stdout, stderr } = await render(
            ["--stack", "prod", "--no-pull", "--charts", charts],
            env,
        );
        assert.equal(exitCode, 2);
        assert.match(stdout, /^# release istiod, chart istiod \S+\napiVersion: v1$/m);
        assert.doesNotMatch(stderr, /release istiod /);
        assert.match(stderr, /chart base \S+ of release istio-base .*\/base is version 1\.0\.0; /);
        assert.match(stderr, /chart gateway .* has none; nothing is pulled\.$/m);
    });

    it("ends with 1 where a chart does not take its values", async () => {
        const charts = await helm.chart("broken", "istiod", DEFAULT_ISTIO_VERSION);
        const env = { MESH_HELM: helm.path };
        const { exitCode, stderr } = await render(
            ["--stack", "prod", "--no-pull", "--charts", charts],
            env,
        );
        assert.equal(exitCode, 1);
        assert.match(
            stderr,
            /release istiod .* cannot be rendered with its values: values don't meet/,
        );
    });

    for (const [what, args, env, sentence] of [
        ["a stack that is not there", ["--stack", "nope"], {}, /nope/],
        [
            "a folder of charts that is none",
            ["--charts", "nope"],
            {},
            /^--charts nope is no folder; /,
        ],
        [
            "a Helm that is not there",
            [],
            { MESH_HELM: "/nope" },
            /^MESH_HELM is \/nope, which is no/,
        ],
        ["both charts and none", ["--charts", ".", "--without-charts"], {}, /cannot be used with/],
        [
            "a file that cannot be written",
            ["--without-charts", "--output", "/dev/null/x"],
            {},
            /^\/dev\/null\/x cannot be written: /,
        ],
    ] as const) {
        it(`ends with 2 and a sentence for ${what}`, async () => {
            const { exitCode, stdout, stderr } = await render(args, env);
            assert.deepEqual([exitCode, stdout], [2, ""]);
            assert.match(stderr, sentence);
        });
    }
});
