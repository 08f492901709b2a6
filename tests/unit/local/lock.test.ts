import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFolder, withLock } from "#local/lock.ts";

const NAME = "command";
const REFUSAL = /must be a folder of this user's alone \(mode 0700\)/;

describe("a lock", () => {
    let folder = "";

    beforeEach(async () => {
        folder = join(await mkdtemp(join(tmpdir(), "mesh-lock-")), "locks");
    });
    afterEach(() => rm(join(folder, ".."), { recursive: true }));

    const refuse = (holder: string): never => {
        throw new Error(`held by ${holder}`);
    };
    const held = <T>(work: () => Promise<T>, busy: (holder: string) => void = refuse) =>
        withLock({ folder, name: NAME }, { who: "me" }, busy, work);

    /** Another process that holds the lock until it is told to end. */
    async function otherHolder(): Promise<ChildProcess> {
        const script = `import { withLock } from ${JSON.stringify(join(import.meta.dirname, "../../../local/lock.ts"))};
            await withLock(${JSON.stringify({ folder, name: NAME })}, { who: "other" }, () => undefined, async () => {
                console.log("held");
                await new Promise((done) => process.stdin.once("data", done));
            });
            process.exit();`;
        const args = ["--import", "tsx", "--input-type=module", "--eval", script];
        const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
        await once(child.stdout, "data");
        return child;
    }

    it("is held by one at a time, who is named", async () => {
        await held(async () => {
            await assert.rejects(
                held(() => Promise.resolve()),
                { message: 'held by {"who":"me"}' },
            );
        });
        assert.equal(await held(() => Promise.resolve(5)), 5);
    });

    it("is let go by work that fails", async () => {
        await assert.rejects(
            held(() => Promise.reject(new Error("no"))),
            { message: "no" },
        );
        assert.equal(await held(() => Promise.resolve(5)), 5);
    });

    it("is waited for, one after the other", async () => {
        let [inside, most, told] = [0, 0, 0];
        const work = async (): Promise<void> => {
            inside += 1;
            most = Math.max(most, inside);
            await new Promise((resolve) => setTimeout(resolve, 50));
            inside -= 1;
        };
        await Promise.all([1, 2, 3, 4].map(() => held(work, () => void (told += 1))));
        assert.deepEqual([most, told], [1, 3]);
    });

    it("of another process is free once that is killed", async () => {
        const other = await otherHolder();
        await assert.rejects(
            held(() => Promise.resolve()),
            { message: 'held by {"who":"other"}' },
        );
        other.kill("SIGKILL");
        await once(other, "close");
        assert.equal(
            await held(
                () => Promise.resolve(5),
                () => undefined,
            ),
            5,
        );
    });

    it("is not held by what a file says, and says what is there at most", async () => {
        await mkdir(folder, { mode: 0o700 });
        const file = join(folder, NAME);
        await writeFile(file, "x".repeat(1_000_000));
        await held(async () => {
            await writeFile(file, "\x1b[2J".repeat(1_000_000));
            await assert.rejects(
                held(() => Promise.resolve()),
                ({ message }: Error) => message.length < 5000,
            );
        });
    });

    it("lies in a folder of its user's alone", async () => {
        await held(() => Promise.resolve());
        assert.equal((await stat(folder)).mode & 0o777, 0o700);
        await chmod(folder, 0o770);
        await assert.rejects(
            held(() => Promise.resolve()),
            { name: "EnvironmentError", message: REFUSAL },
        );
        await rm(folder, { recursive: true });
        await mkdir(`${folder}-elsewhere`, { mode: 0o700 });
        await symlink(`${folder}-elsewhere`, folder);
        await assert.rejects(
            held(() => Promise.resolve()),
            { message: REFUSAL },
        );
        await rm(folder);
        await writeFile(folder, "");
        await assert.rejects(
            held(() => Promise.resolve()),
            { name: "EnvironmentError", message: /There can be no folder of locks at/ },
        );
    });

    it("says what stands in its way", async () => {
        await mkdir(folder, { mode: 0o700 });
        await symlink("/nowhere/at/all", join(folder, NAME));
        await assert.rejects(
            held(() => Promise.resolve()),
            {
                name: "EnvironmentError",
                message: /command cannot be locked by "flock" of util-linux: .*No such file/,
            },
        );
        const path = process.env["PATH"];
        process.env["PATH"] = folder;
        try {
            await assert.rejects(
                held(() => Promise.resolve()),
                { message: /cannot be locked by "flock" of util-linux: it is not on PATH\.$/ },
            );
        } finally {
            process.env["PATH"] = path;
        }
    });

    it("of root is the machine's, of anybody else their cache's", () => {
        assert.equal(lockFolder(0, "/cache"), "/run/a4co-mesh-locks");
        assert.equal(lockFolder(1000, "/cache"), "/cache/locks");
    });
});
