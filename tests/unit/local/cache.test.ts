import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, keepNewest, once } from "#local/cache.ts";

describe("cache", () => {
    let dir = "";

    beforeEach(async () => {
        dir = await mkdtemp(join(tmpdir(), "cache-test-"));
    });
    afterEach(async () => {
        await rm(dir, { recursive: true });
    });

    describe("cacheDirectory", () => {
        const before = process.env["XDG_CACHE_HOME"];

        afterEach(() => {
            if (before === undefined) {
                delete process.env["XDG_CACHE_HOME"];
            } else {
                process.env["XDG_CACHE_HOME"] = before;
            }
        });

        it("lies in XDG_CACHE_HOME", () => {
            process.env["XDG_CACHE_HOME"] = "/var/cache/me";
            assert.equal(cacheDirectory("a", "b"), "/var/cache/me/a4co-mesh/a/b");
        });

        it("ignores a relative XDG_CACHE_HOME", () => {
            process.env["XDG_CACHE_HOME"] = "somewhere";
            assert.match(cacheDirectory(), /^\/.*\/\.cache\/a4co-mesh$/);
        });
    });

    describe("once", () => {
        it("builds the first time only", async () => {
            let builds = 0;
            const build = async (tmp: string): Promise<void> => {
                builds += 1;
                await writeFile(join(tmp, "artifact"), "made");
            };
            const first = await once("key", dir, build);
            const second = await once("key", dir, build);
            assert.equal(first, join(dir, "key"));
            assert.equal(second, first);
            assert.equal(builds, 1);
            assert.equal(await readFile(join(first, "artifact"), "utf8"), "made");
        });

        it("leaves nothing of a build that fails, and builds again", async () => {
            const failing = once("key", dir, async (tmp) => {
                await writeFile(join(tmp, "half"), "");
                throw new Error("no network");
            });
            await assert.rejects(failing, { message: "no network" });
            assert.deepEqual(await readdir(dir), []);
            const path = await once("key", dir, (tmp) => writeFile(join(tmp, "whole"), ""));
            assert.deepEqual(await readdir(path), ["whole"]);
        });

        it("shares one build among concurrent callers", async () => {
            let builds = 0;
            const build = async (): Promise<void> => {
                builds += 1;
                await new Promise((resolve) => setTimeout(resolve, 20));
            };
            const paths = await Promise.all([1, 2, 3].map(() => once("key", dir, build)));
            assert.deepEqual(new Set(paths), new Set([join(dir, "key")]));
            assert.equal(builds, 1);
        });

        it("takes over the lock and removes the remains of a killed build", async () => {
            const child = builder(dir, "await new Promise(() => setInterval(() => {}, 1000));");
            await untilThere(dir, "half");
            child.kill("SIGKILL");
            await event(child, "exit");
            const left = await readdir(dir);
            assert.ok(!left.includes("key"), "a half-built artifact must not be visible");
            const path = await once("key", dir, (tmp) => writeFile(join(tmp, "whole"), ""));
            assert.deepEqual(await readdir(path), ["whole"]);
            assert.deepEqual(await readdir(dir), ["key"]);
        });

        it("waits for the build of another process and uses it", async () => {
            const child = builder(dir, "await new Promise((done) => setTimeout(done, 600));");
            const exited = event(child, "exit");
            await untilThere(dir, "half");
            const path = await once("key", dir, () => assert.fail("built twice"));
            assert.deepEqual(await readdir(path), ["half"]);
            await exited;
        });
    });

    it("keepNewest removes what was built first", async () => {
        for (const [index, name] of ["old", "older", "new"].entries()) {
            await mkdir(join(dir, name));
            const built = [200, 100, 300][index] ?? 0;
            await utimes(join(dir, name), built, built);
        }
        await keepNewest(dir, 2);
        assert.deepEqual((await readdir(dir)).sort(), ["new", "old"]);
    });
});

/** Another process that builds `key` in `dir`: it writes the file `half` and then does as told. */
function builder(dir: string, then: string): ReturnType<typeof spawn> {
    const cache = new URL("../../../local/cache.ts", import.meta.url).href;
    const source = `
        import { writeFile } from "node:fs/promises";
        import { once } from ${JSON.stringify(cache)};
        await once("key", ${JSON.stringify(dir)}, async (tmp) => {
            await writeFile(tmp + "/half", "");
            ${then}
        });`;
    return spawn(process.execPath, ["--import=tsx", "--input-type=module", "--eval", source], {
        cwd: fileURLToPath(new URL("../../..", import.meta.url)),
        stdio: ["ignore", "ignore", "inherit"],
    });
}

/** Waits until a build in progress has written `file`. */
async function untilThere(dir: string, file: string): Promise<void> {
    for (;;) {
        for (const name of await readdir(dir)) {
            if (!name.startsWith("key.tmp-")) {
                continue;
            }
            if ((await readdir(join(dir, name))).includes(file)) {
                return;
            }
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
