import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { readStream, readText, shownName } from "#files.ts";

const MOST = 1 << 20;

describe("a file that somebody names", () => {
    let folder: string;
    const file = (name: string): string => join(folder, name);

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-files-"));
        await mkdir(file("folder"));
        execFileSync("mkfifo", [file("pipe"), file("written")]);
        await writeFile(file("long"), "");
        await truncate(file("long"), 600 * MOST);
        await writeFile(file("nul"), "a\0b");
        await writeFile(file("latin"), Buffer.from([0x61, 0xe9, 0x62]));
        await writeFile(file("utf16"), Buffer.from("\ufeffa", "utf16le"));
        await writeFile(file("mark"), "\ufeffa: b\r\n");
        await writeFile(file("empty"), "");
    });

    after(async () => {
        await rm(folder, { recursive: true });
    });

    for (const [name, reason] of [
        ["folder", "it is a folder"],
        ["long", "it is longer than 1 MB"],
        ["nul", "it holds a NUL character, as no text does"],
        ["latin", "it is no UTF-8 text"],
        ["utf16", "it is no UTF-8 text"],
        ["/dev/zero", "it is a device"],
        ["/dev/null", "it is a device"],
        ["pipe", "nobody writes to this pipe"],
    ] as const) {
        it(`is refused where ${reason}: ${name}`, async function () {
            this.timeout(20_000);
            const path = name.startsWith("/") ? name : file(name);
            await assert.rejects(readText(path, MOST), {
                name: "EnvironmentError",
                message: `${path} cannot be read: ${reason}.`,
            });
        });
    }

    it("is refused where there is none", async () => {
        for (const path of [file("none"), file("empty/none")]) {
            await assert.rejects(readText(path, MOST), { message: `There is no ${path}.` });
        }
    });

    it("is read with and without a byte order mark, and with what a pipe brings", async () => {
        assert.equal(await readText(file("mark"), MOST), "a: b\r\n");
        assert.equal(await readText(file("empty"), MOST), "");
        const text = readText(file("written"), MOST);
        const whole = "a".repeat(100_000);
        await writeFile(file("written"), whole);
        assert.equal(await text, whole);
    });

    it("is read from a stream until that is too long", async () => {
        assert.equal(await readStream("stdin", Readable.from([Buffer.from("a")]), 10), "a");
        const endless = Readable.from(
            (function* () {
                for (;;) {
                    yield Buffer.from("aaaa");
                }
            })(),
        );
        await assert.rejects(readStream("stdin", endless, MOST), {
            message: "stdin cannot be read: it is longer than 1 MB.",
        });
    });

    it("is shown on one line", () => {
        assert.equal(shownName("a\n\u001b[2Jb"), "a??[2Jb");
        assert.equal(shownName("a".repeat(100_000)).length, 301);
    });
});
