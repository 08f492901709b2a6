import assert from "node:assert/strict";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failed, passed } from "#checks/check.ts";
import type { CheckResult } from "#checks/engine.ts";
import { EnvironmentError } from "#errors.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { withSpec } from "#prove/changes.ts";
import type { Mutation, ProveResult } from "#prove/mutation.ts";
import { proveAll } from "#prove/prove.ts";
import { FakeObjects } from "../checks/fake-objects.ts";

const THING: LiveObject = {
    apiVersion: "example.org/v1",
    kind: "Thing",
    metadata: { name: "thing" },
    spec: { weak: "" },
};
const IDS = ["identity/one", "identity/two", "edge/three"] as const;
type Id = (typeof IDS)[number];

/** A weakness that is in the object for the checks to see. */
function mutation(weak: string, breaks: readonly string[]): Mutation {
    return {
        name: weak,
        weakens: "a control",
        breaks,
        changes: [withSpec(THING, { weak })],
    };
}

describe("proving the checks", () => {
    let folder: string;
    let recoveryFile: string;
    let objects: FakeObjects;
    /** Which checks see which weakness. */
    let seen: Readonly<Record<string, readonly Id[]>>;
    let looks: number;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "prove-"));
        recoveryFile = join(folder, "prove.json");
        objects = new FakeObjects(THING);
        seen = {};
        looks = 0;
    });

    afterEach(() => rm(folder, { recursive: true }));

    async function look(ids?: ReadonlySet<string>): Promise<readonly CheckResult[]> {
        looks += 1;
        const { weak } = (await objects.read(THING))?.["spec"] as { weak: string };
        return IDS.filter((id) => ids?.has(id) ?? true).map((id) => ({
            check: {
                id,
                title: id,
                documentation: "https://example.org",
                run: () => look,
            } as never,
            outcome: seen[weak]?.includes(id) === true ? failed("closed", "open", "") : passed(""),
            milliseconds: 0,
        }));
    }

    function proven(
        mutations: readonly Mutation[],
        signal = new AbortController().signal,
        assertTarget: TargetLook = () => Promise.resolve(),
    ): Promise<ProveResult> {
        const proof = { objects, assertTarget, ids: IDS, look, signal, patience: 20, recoveryFile };
        return proveAll(mutations, proof);
    }

    it("nothing is weakened on a cluster that turns out to be another one", async () => {
        seen = { a: ["identity/one"] };
        const before = objects.contents();
        const other = new EnvironmentError("This cluster holds another stack.");
        const proof = proven([mutation("a", ["identity/*"])], undefined, () =>
            Promise.reject(other),
        );
        await assert.rejects(proof, other);
        assert.deepEqual(objects.contents(), before);
        assert.deepEqual(objects.writes, []);
    });

    it("a weakness that exactly the intended checks see is caught", async () => {
        seen = { a: ["identity/one", "identity/two"], b: ["edge/three"] };
        const before = objects.contents();
        const result = await proven([mutation("a", ["identity/*"]), mutation("b", ["edge/three"])]);
        assert.equal(result.holds, true);
        assert.deepEqual(
            result.proofs.map(({ mutation: name, red, caught }) => ({ name, red, caught })),
            [
                { name: "a", red: ["identity/one", "identity/two"], caught: true },
                { name: "b", red: ["edge/three"], caught: true },
            ],
        );
        assert.deepEqual(objects.contents(), before);
        await assert.rejects(access(recoveryFile), { code: "ENOENT" });
    });

    it("one that no check sees is not", async () => {
        const { holds, proofs } = await proven([mutation("a", ["identity/one"])]);
        assert.equal(holds, false);
        assert.deepEqual(proofs[0]?.missing, ["identity/one"]);
    });

    it("one that another check sees as well is not", async () => {
        seen = { a: ["identity/one", "edge/three"] };
        const { holds, proofs } = await proven([mutation("a", ["identity/one"])]);
        assert.equal(holds, false);
        assert.deepEqual(proofs[0]?.unexpected, ["edge/three: open"]);
    });

    it("a mesh that is not all green is left alone", async () => {
        seen = { "": ["edge/three"] };
        const { holds, redBefore, notTried } = await proven([mutation("a", ["identity/one"])]);
        assert.equal(holds, false);
        assert.deepEqual(redBefore, ["edge/three: open"]);
        assert.deepEqual(notTried, ["a"]);
        assert.deepEqual(objects.writes, []);
    });

    it("no further one is tried where a check stays red", async () => {
        seen = { a: ["identity/one"] };
        const lingering = mutation("a", ["identity/one"]);
        const running = proven([lingering, mutation("b", ["edge/three"])]);
        objects.beforeWrite = () => {
            // From then on the check is red whatever the object says.
            seen = { a: ["identity/one"], "": ["identity/one"] };
        };
        const { holds, proofs, notTried } = await running;
        assert.equal(holds, false);
        assert.deepEqual(proofs[0]?.stillRed, ["identity/one: open"]);
        assert.deepEqual(notTried, ["b"]);
    });

    it("interrupted while something is weak: it is put back before the end", async () => {
        seen = { a: [] };
        const before = objects.contents();
        const controller = new AbortController();
        objects.beforeWrite = () => {
            controller.abort();
        };
        await assert.rejects(proven([mutation("a", ["identity/one"])], controller.signal), {
            name: "AbortError",
        });
        assert.ok(objects.writes.length > 1);
        assert.deepEqual(objects.contents(), before);
        await assert.rejects(access(recoveryFile), { code: "ENOENT" });
    });

    it("a look that throws leaves nothing weak either", async () => {
        const before = objects.contents();
        objects.beforeWrite = () => {
            seen = new Proxy(seen, {
                get: () => {
                    throw new Error("no answer");
                },
            });
        };
        await assert.rejects(proven([mutation("a", ["identity/one"])]), /no answer/);
        assert.deepEqual(objects.contents(), before);
    });

    it("what a killed proof left weak is put back before the first look", async () => {
        seen = { a: ["identity/one"] };
        const { remember, undoOf } = await import("#prove/recovery.ts");
        const { changes } = mutation("a", []);
        await remember(await undoOf(changes, objects), recoveryFile);
        await objects.replace({
            ...(await objects.read(THING)),
            spec: { weak: "a" },
        } as LiveObject);
        const { holds, recovered, redBefore } = await proven([]);
        assert.deepEqual(
            { holds, recovered, redBefore, looks },
            {
                holds: true,
                recovered: ["Thing thing"],
                redBefore: [],
                looks: 1,
            },
        );
    });
});
