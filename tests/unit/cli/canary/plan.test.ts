import assert from "node:assert/strict";
import { abortStages, promoteStages, startStages, stepStages } from "#cli/canary/plan.ts";
import type { RunningState, Stage } from "#cli/canary/plan.ts";
import type { ReleaseState } from "#stack/stack-file.ts";

const [OLD, NEW] = ["ghcr.io/a4co/order-service:1.0.0", "ghcr.io/a4co/order-service:1.1.0"];
const HEADER = { name: "x-canary", value: "1" };
const RUNNING: RunningState = {
    canary: { image: NEW, weight: 25, header: HEADER },
    image: undefined,
};

/** A state with a canary; after an interruption it is what the stack's file holds. */
function running({ canary, image }: ReleaseState): RunningState {
    assert.ok(canary);
    return { canary, image };
}

function last(stages: readonly Stage[]): ReleaseState | undefined {
    return stages.at(-1)?.state;
}

describe("the stages of a canary", () => {
    it("start with its pods and its share", () => {
        const [stage] = startStages({ canary: undefined, image: OLD }, { image: NEW, weight: 5 });
        assert.deepEqual(stage?.state, { canary: { image: NEW, weight: 5 }, image: OLD });
    });

    it("keep its header while its share grows", () => {
        assert.deepEqual(stepStages(RUNNING, 50)[0]?.state.canary, {
            image: NEW,
            weight: 50,
            header: HEADER,
        });
    });

    it("give the service the new image only while the canary has all the traffic", () => {
        const stages = promoteStages(RUNNING, OLD);
        assert.deepEqual(
            stages.map(({ state: { canary, image } }) => [canary?.weight, image]),
            [
                [100, undefined],
                [100, NEW],
                [0, NEW],
                [undefined, NEW],
            ],
        );
    });

    it("take the canary out one deployment after its traffic and its header", () => {
        for (const stages of [promoteStages(RUNNING, OLD), abortStages(RUNNING, OLD)]) {
            const before = stages.at(-2)?.state.canary;
            assert.equal(before?.weight, 0);
            assert.equal(before.header, undefined);
            assert.equal(last(stages)?.canary, undefined);
        }
    });

    it("go back to the image from before", () => {
        assert.deepEqual(last(abortStages(RUNNING, OLD)), { canary: undefined, image: undefined });
        const own = { ...RUNNING, image: "ghcr.io/a4co/order-service:0.9.0" };
        assert.deepEqual(last(abortStages(own, OLD)), { canary: undefined, image: own.image });
    });
});

describe("an interrupted promotion", () => {
    const stages = promoteStages(RUNNING, OLD);
    for (const [index, { title, state }] of stages.slice(0, -1).entries()) {
        it(`goes on after "${title}"`, () => {
            const again = promoteStages(running(state), state.image ?? OLD);
            assert.deepEqual(last(again), last(stages));
            assert.ok(again.length <= stages.length - Math.min(index, 1));
        });

        it(`goes back after "${title}", and from everywhere on the way back`, () => {
            const back = abortStages(running(state), OLD);
            assert.deepEqual(last(back), { canary: undefined, image: undefined });
            for (const { state: half } of back.slice(0, -1)) {
                assert.deepEqual(last(abortStages(running(half), OLD)), last(back));
            }
        });
    }

    it("that was going back can still be promoted", () => {
        const taken = running(stages[2]?.state ?? RUNNING);
        for (const { state } of abortStages(taken, OLD).slice(0, -1)) {
            assert.deepEqual(last(promoteStages(running(state), state.image ?? OLD)), last(stages));
        }
    });
});
