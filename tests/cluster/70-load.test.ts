import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertClosed } from "./closed.ts";
import { load, remainsOfLoad, wrong } from "./load.ts";
import { stackObjects } from "./objects.ts";
import { eventually, mesh, startMesh } from "./support.ts";

/** How soon everything is gone after Ctrl-C, pods that end included. */
const GONE_SECONDS = 30;

describe("mesh load", () => {
    let declared: readonly object[] = [];

    beforeEach(async () => {
        declared = await stackObjects();
    });
    afterEach(async () => {
        await eventually("nothing of the load is left", GONE_SECONDS, async () => {
            assert.deepEqual(await remainsOfLoad(), []);
            return true;
        });
        assert.deepEqual(await stackObjects(), declared);
    });

    it("refuses beyond the declared limits, and not without them", async () => {
        const report = join(tmpdir(), `mesh-load-${process.pid}.html`);
        const { exitCode, runs } = await load("pool-overflow", "--prove", "--report", report);
        const page = await readFile(report, "utf8");
        await rm(report);
        assert.match(page, /<h2>pool-overflow: holds<\/h2>/);
        assert.match(page, /<h2>pool-overflow without its protection: did not trip/);
        assert.deepEqual(wrong(runs), []);
        assert.equal(exitCode, 0);
        assert.deepEqual(
            runs.map(({ protection }) => protection),
            [true, false],
        );
        const [overflow, without] = runs.map(
            ({ phases }) => phases.find(({ name }) => name === "beyond")?.counted.overflow ?? -1,
        );
        assert.ok((overflow ?? 0) > 30, `${overflow} refused`);
        assert.equal(without, 0);
    });

    it("ejects twice, retries, repeats no payment and ends what takes too long", async () => {
        // Of different services, and mostly waiting: one does not disturb the other.
        const [ejection, routes] = await Promise.all([
            load("outlier-ejection", "--prove"),
            load(
                "ejection-limit",
                "retries",
                "idle-connections",
                "idempotency",
                "timeout",
                "--service",
                "inventory-service",
            ),
        ]);
        assert.deepEqual(wrong([...ejection.runs, ...routes.runs]), []);
        assert.deepEqual([ejection.exitCode, routes.exitCode], [0, 0]);
        assert.equal(ejection.runs.length, 2);
        const [ejected] = ejection.runs;
        for (const claimed of ["it comes back", "it still fails, and is ejected a second time"]) {
            assert.ok(ejected?.claims.some(({ claim }) => claim.startsWith(claimed)));
        }
        assert.equal(routes.runs.length, 5);
    });

    it("is alone with a rehearsal, and removes everything when it is interrupted", async () => {
        const running = startMesh("load", "timeout");
        await eventually("the rehearsal is there", 60, async () =>
            (await remainsOfLoad()).some((what) => what.startsWith("Deployment")),
        );
        const second = await mesh("load", "timeout");
        assert.equal(second.exitCode, 2, second.stdout);
        assert.match(second.stderr, /in use by another command/);
        await assertClosed();
        running.kill("SIGINT");
        const { exitCode, stderr } = await running;
        assert.equal(exitCode, 130, stderr);
        assert.match(stderr, /Interrupted\./);
    });
});
