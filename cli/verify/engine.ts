import type { Check, Outcome } from "./types.ts";
import { failed } from "./types.ts";
import type { World } from "./world.ts";

/** A check and how it ended. */
export interface CheckResult {
    readonly check: Check;
    readonly outcome: Outcome;
    readonly milliseconds: number;
}

/**
 * Runs all checks at the same time: what they ask of one pod goes out together, so the whole takes as long as the
 * slowest chain of questions and not as long as there are checks.
 *
 * @param show takes each result as it comes
 * @returns the results in the order of the checks
 */
export async function runChecks(
    checks: readonly Check[],
    world: World,
    show: (result: CheckResult) => void = () => undefined,
): Promise<readonly CheckResult[]> {
    return Promise.all(
        checks.map(async (check) => {
            const begun = performance.now();
            const outcome = await outcomeOf(check, world);
            const result = { check, outcome, milliseconds: performance.now() - begun };
            show(result);
            return result;
        }),
    );
}

async function outcomeOf(check: Check, world: World): Promise<Outcome> {
    try {
        world.signal.throwIfAborted();
        return await check.run(world);
    } catch (error) {
        world.signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        return failed(
            check.title,
            `the mesh could not be asked: ${reason}`,
            "Mend what stopped the question first.",
        );
    }
}
