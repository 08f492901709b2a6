import assert from "node:assert/strict";
import { mesh } from "./support.ts";

/** Checks that nothing lives in the local mesh beyond what is declared, and what `mesh` itself made for a time. */
export async function assertClosed(): Promise<void> {
    const { exitCode, stdout, stderr } = await mesh("verify", "--only", "closed");
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
}
