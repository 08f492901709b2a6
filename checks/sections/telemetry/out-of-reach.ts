import { OutOfReachError } from "#live/addresses.ts";
import type { Outcome } from "../../check.ts";
import { skipped } from "../../check.ts";

/** What asking comes to; where this machine cannot ask, neither good nor bad is known. */
export async function unlessOutOfReach(ask: () => Promise<Outcome>): Promise<Outcome> {
    try {
        return await ask();
    } catch (error) {
        if (error instanceof OutOfReachError) {
            return skipped(`${error.message}; ask from a machine that may.`);
        }
        throw error;
    }
}
