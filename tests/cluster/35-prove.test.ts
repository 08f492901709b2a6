import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { BatchV1Api } from "@kubernetes/client-node";
import { LABEL } from "#live/probes/pod.ts";
import type { LiveObject, ObjectRef, ProveResult } from "#prove/mutation.ts";
import { mutationsOf } from "#prove/mutations/index.ts";
import { describeObject, objectsOf, refOf } from "#prove/objects.ts";
import { RECOVERY_FILE } from "#prove/recovery.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { renderStack } from "../render/render.ts";
import { programObjects } from "./objects.ts";
import { context, eventually, kubeConfig, mesh, startMesh } from "./support.ts";

/** As the mission asks for. */
const LEAST = 20;
const LONGEST_SECONDS = 600;

/** Everything that a mutation changes or the program makes, with all that the API server does not count by itself. */
async function objectsNow(): Promise<Readonly<Record<string, unknown>>> {
    const declared = await declaredMesh({}, true);
    const refs = [
        ...mutationsOf(declared.mesh).flatMap(({ changes }) =>
            changes.map(({ object }): ObjectRef => refOf(object)),
        ),
        ...programObjects(await renderStack("local")),
    ];
    const objects = objectsOf(kubeConfig());
    const found = refs.map(async (ref): Promise<[string, unknown]> => [
        describeObject(ref),
        contentOf(await objects.read(ref)),
    ]);
    return Object.fromEntries<unknown>(await Promise.all(found));
}

function contentOf(object: (LiveObject & { readonly status?: unknown }) | undefined): unknown {
    return (
        object && {
            ...object,
            status: undefined,
            metadata: {
                ...object.metadata,
                // An object that was taken away and made again is another one with the same content.
                uid: undefined,
                creationTimestamp: undefined,
                resourceVersion: undefined,
                generation: undefined,
                managedFields: object.metadata.managedFields
                    // A status is its controller's, which writes when it likes.
                    ?.filter(({ subresource }) => subresource === undefined)
                    .map(({ manager, operation, fieldsV1: fields }) => ({
                        manager,
                        operation,
                        fields: fields as unknown,
                    })),
            },
        }
    );
}

/** What a killed command leaves goes by itself, but later than the next tests begin. */
async function removeProbes(): Promise<void> {
    const batch = kubeConfig().makeApiClient(BatchV1Api);
    await Promise.all(
        [context.namespace, context.controlPlaneNamespace].map((namespace) =>
            batch.deleteCollectionNamespacedJob({
                namespace,
                labelSelector: LABEL,
                propagationPolicy: "Foreground",
            }),
        ),
    );
}

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
        const { stdout, stderr, exitCode, seconds } = await mesh("verify", "--prove", "--json");
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
        assert.ok(seconds < LONGEST_SECONDS, `${seconds} s`);
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
