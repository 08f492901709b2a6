import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReport } from "#cli/report-file.ts";

describe("the file of a report", () => {
    let folder: string;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-report-"));
        execFileSync("mkfifo", [join(folder, "pipe")]);
    });

    after(async () => {
        await rm(folder, { recursive: true });
    });

    it("takes a text, in place of the one that was there", async () => {
        const path = join(folder, "report");
        await writeFile(path, "an old and longer one");
        const file = await openReport("--junit", path);
        await file.write("new");
        await file.close();
        assert.equal(await readFile(path, "utf8"), "new");
    });

    it("is written to a pipe as its reader reads", async () => {
        const text = "a".repeat(300_000);
        const path = join(folder, "pipe");
        const read = readFile(path, "utf8");
        const file = await openReport("--junit", path);
        await file.write(text);
        await file.close();
        assert.equal(await read, text);
    });

    it("is the user's to mend where it cannot be written", async () => {
        for (const [path, reason] of [
            [folder, "EISDIR: illegal operation on a directory"],
            [join(folder, "pipe"), "nobody reads from this pipe"],
            [join(folder, "none/report"), "ENOENT: no such file or directory"],
        ] as const) {
            await assert.rejects(openReport("--junit", path), {
                name: "EnvironmentError",
                message: `--junit: ${path} cannot be written: ${reason}.`,
            });
        }
        const full = await openReport("--junit", "/dev/full");
        await assert.rejects(full.write("a"), {
            message: "--junit: /dev/full cannot be written: ENOSPC: no space left on device.",
        });
        await full.close();
    });
});
