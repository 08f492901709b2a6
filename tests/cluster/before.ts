import assert from "node:assert/strict";
import type { MachineState } from "./machine.ts";
import { machineState } from "./machine.ts";

let remembered: MachineState | undefined;

/** Remembers the machine as it is without a cluster. */
export async function rememberMachine(): Promise<void> {
    remembered = await machineState();
}

/** Checks that the machine is as it was remembered; nothing to compare with where only one file is run. */
export async function assertMachineAsBefore(): Promise<void> {
    if (remembered !== undefined) {
        assert.deepEqual(await machineState(), remembered);
    }
}
