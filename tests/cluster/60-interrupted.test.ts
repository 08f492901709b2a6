import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assertMachineAsBefore } from "./before.ts";
import { nodeMarks, remains } from "./machine.ts";
import { context, coreApi, eventually, hostPorts, mesh, startMesh, up } from "./support.ts";

/** Kills a `mesh up` as soon as `moment` has come. */
async function killUp(what: string, moment: (output: string) => Promise<boolean>): Promise<string> {
    const running = startMesh("up");
    let output = "";
    let ended = false;
    running.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    running.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    running.once("exit", () => (ended = true));
    await eventually(what, 180, async () => {
        const come = await moment(output);
        return come || ended;
    });
    assert.ok(!ended, `mesh up ended before it could be killed:\n${output}`);
    running.kill("SIGKILL");
    const { signal } = await running;
    assert.equal(signal, "SIGKILL", output);
    return output;
}

describe("an interrupted mesh up", () => {
    beforeEach(async () => {
        const [marks, ports] = await Promise.all([nodeMarks(), hostPorts()]);
        const down = await mesh("down");
        assert.equal(down.exitCode, 0, down.stderr);
        assert.deepEqual(await remains(marks, ports), []);
        await assertMachineAsBefore();
    });

    it("killed while the node starts: the next one makes a mesh that enforces", async () => {
        const output = await killUp("the node's processes are started", async (text) => {
            if (!/ Images(: .*)?$/m.test(text)) {
                return false;
            }
            // Namespaces and certificates are made, the first processes run, none is ready.
            await sleep(800);
            return true;
        });
        assert.doesNotMatch(output, /^ *[\d.]+s {2}Node(: .*)?$/m);
        const { created } = await up();
        assert.ok(created > 30);
    });

    it("killed while istiod is installed: the next one makes a mesh that enforces", async () => {
        const output = await killUp("istiod's release is under way", async () => {
            const { items } = await coreApi().listNamespacedSecret({
                namespace: context.controlPlaneNamespace,
                labelSelector: "owner=helm,name=istiod,status=pending-install",
            });
            return items.length > 0;
        });
        assert.doesNotMatch(output, /^ *[\d.]+s {2}Mesh: \d/m);
        const { created, unchanged } = await up();
        assert.ok(created > 30);
        assert.ok(unchanged > 0, "what the killed run had made was not found again");
    });
});
