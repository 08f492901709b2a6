import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import type { ProveResult } from "#prove/mutation.ts";
import { RECOVERY_FILE } from "#prove/recovery.ts";
import { objectsNow, removeProbes } from "./proof.ts";
import { eventually, mesh, startMesh } from "./support.ts";

/** As the mission asks for. */
const LEAST = 20;

/** Waits until a proof has made something weak. */
async function isWeak(before: unknown): Promise<void> {
    await eventually("something is weak", 90, async () => {
        await access(RECOVERY_FILE);
        assert.notDeepEqual(await objectsNow(), before);
    });
}

describe("mesh verify --prove", () => {
    let before_: Readonly<Record<string, unknown>>;

    before(async () => {
        before_ = await objectsNow();
    });

    after(() => removeProbes());

    it("each weakness is seen by exactly the intended checks, and all is as before", async () => {
        const { stdout, stderr, exitCode } = await mesh("verify", "--prove", "--json");
        const { proofs, holds, notTried, redBefore } = JSON.parse(stdout) as ProveResult;
        assert.deepEqual(
            proofs.filter(({ caught }) => !caught),
            [],
        );
        assert.deepEqual(
            { holds, notTried, redBefore },
            { holds: true, notTried: [], redBefore: [] },
        );
        assert.equal(exitCode, 0, stderr);
        assert.ok(proofs.length >= LEAST, `${proofs.length} mutations`);
        assert.deepEqual(await objectsNow(), before_);
        await assert.rejects(access(RECOVERY_FILE), { code: "ENOENT" });
    });

    it("killed while something is weak: the next one puts it back, and Ctrl-C does as well", async () => {
        const killed = startMesh("verify", "--prove");
        await isWeak(before_);
        killed.kill("SIGKILL");
        assert.equal((await killed).signal, "SIGKILL");
        assert.notDeepEqual(await objectsNow(), before_);

        const interrupted = startMesh("verify", "--prove");
        await eventually("the next proof puts back what was weak", 60, async () => {
            assert.deepEqual(await objectsNow(), before_);
        });
        await isWeak(before_);
        interrupted.kill("SIGINT");
        assert.equal((await interrupted).exitCode, 130);
        assert.deepEqual(await objectsNow(), before_);
        await assert.rejects(access(RECOVERY_FILE), { code: "ENOENT" });
    });
});
