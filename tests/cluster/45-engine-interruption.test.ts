import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { deploy } from "#local/deployer/index.ts";
import {
    counts,
    NAMESPACE,
    options,
    stateDirectory,
    stateFile,
    touched,
} from "./deployer/basic.ts";
import { destroy } from "./deployer/engine.ts";
import { coreApi } from "./support.ts";

/** Runs a deployment in a process that can be killed. */
const KILLED = join(import.meta.dirname, "deployer/killed.ts");
/** Seconds: while the state is opened, during the preview, and during the update. */
const KILLED_AFTER = [1.5, 2.5, 3.5, 4.5];

describe("an engine that was interrupted", () => {
    after(() => destroy(options()));

    it("goes on after its process was killed, at whatever moment", async () => {
        await destroy(options());
        for (const seconds of KILLED_AFTER) {
            const child = execa(process.execPath, ["--import", "tsx", KILLED], { reject: false });
            const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
            const { signal } = await child;
            clearTimeout(timer);
            assert.equal(signal, "SIGKILL", `it ended before ${seconds} s were over`);
        }
        await deploy(options());
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("goes on after it was interrupted in the middle of a release", async () => {
        const abort = new AbortController();
        const broken = { image: "nowhere.invalid/none:1" };
        const interrupted = deploy({ ...options(broken), signal: abort.signal });
        setTimeout(() => {
            abort.abort();
        }, 9_000);
        await assert.rejects(interrupted, /^DeployError: interrupted/);
        const [created, , , , deleted] = counts(await deploy(options()));
        assert.deepEqual([created, deleted], [0, 0]);
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("says in one sentence that the disk is full, and goes on when it is not", async () => {
        const directory = dirname(await stateFile());
        const text = await readFile(await stateFile(), "utf8");
        await execa("mount", ["-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", directory]);
        try {
            await writeFile(await stateFile(), text);
            const rest = join(directory, "rest");
            await execa("dd", ["if=/dev/zero", `of=${rest}`, "bs=1M"], { reject: false });
            await assert.rejects(deploy(options({ mode: "full" })), {
                name: "EnvironmentError",
                message: "The disk is full: free some space, and run the command again to go on.",
            });
            await rm(rest);
            await deploy(options({ mode: "full" }));
            assert.deepEqual(counts(await deploy(options({ mode: "full" }))), [0, 0, 0, 5, 0]);
        } finally {
            await execa("umount", [directory]);
        }
        await deploy(options());
    });

    it("takes away the lock of an engine that was killed", async () => {
        const locks = join(
            await stateDirectory(),
            "backend/.pulumi/locks/organization/deployer-test/test",
        );
        await mkdir(locks, { recursive: true });
        const ended = execa("true");
        const { pid } = ended;
        await ended;
        const lock = { pid, username: "root", hostname: hostname(), timestamp: new Date() };
        await writeFile(join(locks, "dead.json"), JSON.stringify(lock));
        const lines: string[] = [];
        assert.deepEqual(counts(await deploy(options({}, lines))), [0, 0, 0, 5, 0]);
        assert.ok(lines.some((line) => line.includes("took its lock away")));
    });

    it("goes back to the last state that was kept when the file is damaged", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        await writeFile(file, text.slice(0, text.length / 2));
        const lines: string[] = [];
        assert.deepEqual(counts(await deploy(options({}, lines))), [0, 0, 0, 5, 0]);
        assert.ok(lines.some((line) => line.includes("was damaged; went back to")));
        const kept = await readdir(join(await stateDirectory(), "kept/test"));
        assert.ok(kept.length > 1 && kept.length <= 5, `${kept.length} states are kept`);
    });

    it("takes up a release that the state does not know", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        const state = JSON.parse(text) as {
            checkpoint: { latest: { resources: { type: string }[] } };
        };
        const { latest } = state.checkpoint;
        latest.resources = latest.resources.filter(({ type }) => !type.endsWith(":Release"));
        await writeFile(file, JSON.stringify(state));
        const lines: string[] = [];
        assert.deepEqual(touched(await deploy(options({}, lines))), ["release created"]);
        assert.match(lines.join("\n"), /release little was left deployed; it is taken up again/);
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("says in one sentence that a newer engine wrote the state", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replace(/"version": *\d+/, '"version": 99'));
        try {
            await assert.rejects(deploy(options()), {
                name: "EnvironmentError",
                message: /^A newer Pulumi wrote the state/,
            });
        } finally {
            await writeFile(file, text);
        }
    });

    it("says in one sentence that the passphrase is gone", async () => {
        const passphrase = join(await stateDirectory(), "passphrase");
        await rename(passphrase, `${passphrase}.away`);
        try {
            await assert.rejects(deploy(options()), {
                name: "EnvironmentError",
                message: /passphrase is gone, and without it nobody can read the state/,
            });
        } finally {
            await rename(`${passphrase}.away`, passphrase);
        }
    });

    it("names the resource and the reason when one fails", async () => {
        await assert.rejects(deploy(options({ image: "nowhere.invalid/none:2" })), {
            name: "DeployError",
            message: /^deployment: [\s\S]*(ErrImagePull|ImagePullBackOff)/m,
        });
    });

    it("removes everything, and a second removal finds nothing", async () => {
        assert.deepEqual(await destroy(options()), [
            "deployment",
            "ns",
            "release",
            "secret",
            "settings",
        ]);
        await assert.rejects(coreApi().readNamespace({ name: NAMESPACE }), { code: 404 });
        assert.deepEqual(await destroy(options()), []);
    });
});
