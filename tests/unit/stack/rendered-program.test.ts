import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EnvironmentError } from "#errors.ts";
import { exists } from "#local/cache.ts";
import { askUntil } from "#wait.ts";
import { renderedProgram, renderedStacks } from "#stack/rendered-program.ts";

describe("several stacks rendered in one process", () => {
    it("are each what it is alone", async () => {
        const together = await renderedStacks([{ stack: "prod" }, { stack: "dev" }]);
        const alone = [await renderedProgram("prod"), await renderedProgram("dev")];
        assert.deepEqual(together, alone);
    });

    it("do not learn of one another's failure", async () => {
        const [broken, sound, unknown] = await renderedStacks([
            { stack: "dev", replaced: { "mesh:samplingPercent": "nine" } },
            { stack: "dev" },
            { stack: "nowhere" },
        ]);
        assert.ok(broken instanceof EnvironmentError);
        assert.match(broken.message, /^The program fails in stack dev: .*"nine" is not allowed/s);
        assert.deepEqual(sound, await renderedProgram("dev"));
        assert.ok(unknown instanceof EnvironmentError);
        assert.match(unknown.message, /^There is no .*Pulumi\.nowhere\.yaml/);
    });

    it("are heard of where the program ends the process or never ends, and end when nobody waits for them", async () => {
        const folder = await mkdtemp(join(tmpdir(), "mesh-rendered-test-"));
        try {
            await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
            await writeFile(join(folder, "Pulumi.yaml"), "name: mesh\nruntime: nodejs\n");
            await writeFile(join(folder, "Pulumi.a.yaml"), "config: { mesh:ends: true }\n");
            await writeFile(join(folder, "Pulumi.b.yaml"), "config: { mesh:lasts: true }\n");
            await symlink(
                join(import.meta.dirname, "../../../node_modules"),
                join(folder, "node_modules"),
            );
            await writeFile(
                join(folder, "index.ts"),
                `import * as pulumi from "@pulumi/pulumi";
                if (new pulumi.Config("mesh").get("ends")) { console.log("password"); process.exit(3); }`,
            );
            const [ended, other] = await renderedStacks([{ stack: "a" }, { stack: "b" }], {
                checkout: folder,
            });
            assert.ok(ended instanceof EnvironmentError);
            assert.equal(
                ended.message,
                "The program fails in stack a: index.ts gave no rendering (3)",
            );
            assert.ok(!(other instanceof EnvironmentError));

            const started = join(folder, "started");
            await writeFile(
                join(folder, "index.ts"),
                `import { writeFileSync } from "node:fs";
                writeFileSync(${JSON.stringify(started)}, String(process.pid));
                await new Promise((resolve) => setTimeout(resolve, 60_000));`,
            );
            const interruption = new AbortController();
            const rendering = renderedStacks([{ stack: "b" }], {
                checkout: folder,
                signal: interruption.signal,
            });
            const patience = { milliseconds: 20_000, pause: 50 };
            assert.ok(await askUntil(() => exists(started), Boolean, patience));
            const pid = Number(await readFile(started, "utf8"));
            interruption.abort();
            await assert.rejects(rendering, { name: "AbortError" });
            await setTimeout(200);
            assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });

            const [stalled] = await renderedStacks([{ stack: "b" }], {
                checkout: folder,
                patienceSeconds: 3,
            });
            assert.ok(stalled instanceof EnvironmentError);
            assert.equal(
                stalled.message,
                "The program fails in stack b: index.ts took too long: after 0 resources there was none for 3 s",
            );
        } finally {
            await rm(folder, { recursive: true });
        }
    });
});
