import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { ADDED, withSpec, without } from "#prove/changes.ts";
import type { Change } from "#prove/mutation.ts";
import {
    ADDED_SECONDS,
    apply,
    forget,
    putBack,
    recover,
    remember,
    undoOf,
} from "#prove/recovery.ts";
import { FakeObjects, refusal } from "../checks/fake-objects.ts";

function object(name: string, spec: unknown): LiveObject {
    return {
        apiVersion: "example.org/v1",
        kind: "Thing",
        metadata: { name, namespace: "ns", labels: { kept: "yes" } },
        spec,
    };
}

const EDITED = object("edited", { mode: "STRICT" });
const REMOVED = object("removed", { rules: [1, 2] });
const CREATED = object("created", { open: true });
const CHANGES: readonly Change[] = [
    withSpec(EDITED, { mode: "PERMISSIVE" }),
    without(REMOVED),
    { kind: "create", object: CREATED },
];

describe("putting back what was made weaker", () => {
    let folder: string;
    let file: string;
    let objects: FakeObjects;
    let before: unknown;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "prove-"));
        file = join(folder, "prove.json");
        objects = new FakeObjects(EDITED, REMOVED);
        before = objects.contents();
    });

    afterEach(() => rm(folder, { recursive: true }));

    it("every kind of change is undone, who owns the fields included", async () => {
        const undos = await undoOf(CHANGES, objects);
        await apply(CHANGES, objects);
        assert.deepEqual(objects.stored.get("Thing ns/edited")?.["spec"], { mode: "PERMISSIVE" });
        assert.equal(objects.stored.has("Thing ns/removed"), false);
        assert.equal(objects.stored.has("Thing ns/created"), true);
        await putBack(undos, objects);
        assert.deepEqual(objects.contents(), before);
    });

    it("what a killed process wrote down is enough", async () => {
        await remember(await undoOf(CHANGES, objects), file);
        await apply(CHANGES, objects);
        assert.deepEqual(await recover(objects, file), [
            "Thing ns/edited",
            "Thing ns/removed",
            "Thing ns/created",
        ]);
        assert.deepEqual(objects.contents(), before);
        await assert.rejects(readFile(file), { code: "ENOENT" });
        assert.deepEqual(await recover(objects, file), []);
    });

    it("what somebody has made anew since the kill is left alone", async () => {
        await remember(await undoOf(CHANGES, objects), file);
        await apply(CHANGES, objects);
        const weak = objects.stored.get("Thing ns/edited");
        assert.ok(weak);
        await objects.replace({ ...weak, spec: { mode: "DECLARED_SINCE" } });
        assert.deepEqual(await recover(objects, file), ["Thing ns/removed", "Thing ns/created"]);
        assert.deepEqual(objects.stored.get("Thing ns/edited")?.["spec"], {
            mode: "DECLARED_SINCE",
        });
    });

    it("what is added belongs to a timer, which the cluster ends with it", async () => {
        await apply(CHANGES, objects);
        const timer = objects.stored.get(`Job ns/${ADDED}`);
        assert.deepEqual(objects.stored.get("Thing ns/created")?.metadata["ownerReferences"], [
            { apiVersion: "batch/v1", kind: "Job", name: ADDED, uid: timer?.metadata.uid },
        ]);
        assert.equal(
            (timer?.["spec"] as { activeDeadlineSeconds?: number }).activeDeadlineSeconds,
            ADDED_SECONDS,
        );
    });

    for (const done of [0, 1, 2]) {
        it(`killed after ${done} of ${CHANGES.length} changes: all is as it was`, async () => {
            await remember(await undoOf(CHANGES, objects), file);
            await apply(CHANGES.slice(0, done), objects);
            await recover(objects, file);
            assert.deepEqual(objects.contents(), before);
        });
    }

    it("an object that somebody else writes at the same time is put back all the same", async () => {
        const undos = await undoOf(CHANGES, objects);
        await apply(CHANGES, objects);
        let conflicts = 3;
        objects.beforeWrite = (verb) => {
            if (verb === "replace" && conflicts > 0) {
                conflicts -= 1;
                throw refusal(409);
            }
        };
        await putBack(undos, objects);
        assert.deepEqual(objects.contents(), before);
    });

    it("one that cannot be put back keeps no other from it, and is named", async () => {
        const undos = await undoOf(CHANGES, objects);
        await apply(CHANGES, objects);
        objects.beforeWrite = (_verb, { metadata }) => {
            if (metadata.name === "removed") {
                throw refusal(422);
            }
        };
        await assert.rejects(putBack(undos, objects), /^AggregateError: not everything/);
        assert.deepEqual(objects.stored.get("Thing ns/edited")?.["spec"], { mode: "STRICT" });
        assert.equal(objects.stored.has("Thing ns/created"), false);
    });

    it("a recovery that fails is tried again by the next one", async () => {
        await remember(await undoOf(CHANGES, objects), file);
        await apply(CHANGES, objects);
        objects.beforeWrite = () => {
            throw refusal(500);
        };
        await assert.rejects(recover(objects, file));
        objects.beforeWrite = () => undefined;
        await recover(objects, file);
        assert.deepEqual(objects.contents(), before);
    });

    it("what is not there cannot be made weaker, and nothing is changed", async () => {
        await assert.rejects(
            undoOf([without(object("missing", {}))], objects),
            /there is no Thing ns\/missing/,
        );
        assert.deepEqual(objects.writes, []);
    });

    it("a guard that was lifted a moment ago may refuse once more", async () => {
        let refusals = 1;
        objects.beforeWrite = (verb, { kind }) => {
            if (verb === "create" && kind === "Thing" && refusals > 0) {
                refusals -= 1;
                throw refusal(403);
            }
        };
        await apply(CHANGES, objects);
        assert.equal(objects.stored.has("Thing ns/created"), true);
    });

    it("forgetting what nobody remembered is no error", async () => {
        await forget(file);
    });
});
