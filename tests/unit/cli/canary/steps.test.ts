import assert from "node:assert/strict";
import type { Divergence } from "#cli/canary/live.ts";
import type { Tally } from "#cli/canary/losses.ts";
import type { CounterSource, Reading } from "#cli/canary/reading.ts";
import type { Release } from "#cli/canary/session.ts";
import { releasableService, runningState } from "#cli/canary/session.ts";
import { abort, promote, run, start, step } from "#cli/canary/steps.ts";
import { progressOn } from "#cli/progress.ts";
import { EnvironmentError } from "#errors.ts";
import { order } from "#services/order.ts";
import type { ReleaseState } from "#stack/stack-file.ts";

const NEW = "ghcr.io/a4co/order-service:1.1.0";
const GATE = {
    maxErrorRate: 1,
    maxLatencyRatio: 2,
    minRequests: 10,
    forSeconds: 0,
    waitSeconds: 0,
};

/** Ten requests more in each reading, of which so many fail. */
function counting(errors: number): CounterSource {
    let requests = 0;
    return {
        name: "a test",
        read: () => {
            requests += 10;
            const counters = { version: "canary", requests, errors: (errors * requests) / 10 };
            const reading: Reading = new Map([["pod", { ...counters, latency: new Map() }]]);
            return Promise.resolve(reading);
        },
    };
}

/** A release in memory that remembers the weights it was given, and what was said. */
interface FakeRelease extends Release {
    readonly weights: (number | undefined)[];
    readonly lines: string[];
}

interface Circumstances {
    /** Of ten requests, how many fail. */
    readonly errors?: number;
    /** What the cluster has otherwise, after so many stages. */
    readonly divergence?: (stages: number) => Divergence | undefined;
    /** What callers saw, after so many stages. */
    readonly tally?: (stages: number) => Tally;
}

function release(
    first: ReleaseState,
    { errors = 0, divergence = () => undefined, tally = () => FINE }: Circumstances = {},
): FakeRelease {
    let state = first;
    const weights: (number | undefined)[] = [];
    const lines: string[] = [];
    return {
        lines,
        stack: "local",
        service: order,
        weights,
        get state() {
            return state;
        },
        get running() {
            return runningState(state, order.name, "local");
        },
        get image() {
            return state.image ?? order.image;
        },
        signal: new AbortController().signal,
        progress: progressOn({ write: (text) => lines.push(text.trim()) }),
        counters: () => counting(errors),
        losses: () => ({
            read: () => Promise.resolve(tally(weights.length)),
            close: () => lines.push("closed"),
        }),
        divergence: () => Promise.resolve(divergence(weights.length)),
        apply: (stage) => {
            state = stage.state;
            weights.push(state.canary?.weight);
            return Promise.resolve();
        },
    };
}

const FINE: Tally = { requests: 400, lost: new Map() };
const FOREIGN: Divergence = {
    differences: ["route orders: v1 70 %, canary 30 % instead of v1 95 %, canary 5 %"],
    writers: ["kubectl-patch"],
    interrupted: false,
};
const INTERRUPTED: Divergence = { ...FOREIGN, writers: [], interrupted: true };

const NONE: ReleaseState = { canary: undefined, image: undefined };
const at = (weight: number): ReleaseState => ({ canary: { image: NEW, weight }, image: undefined });

describe("the commands of a canary", () => {
    it("run one from the first share to its promotion", async () => {
        const good = release(NONE);
        assert.equal(await run(good, GATE, { image: NEW, steps: [50] }), 0);
        assert.deepEqual(good.weights, [50, 100, 100, 0, undefined]);
        assert.equal(good.image, NEW);
    });

    it("roll one back whose gate fails, and end with 1", async () => {
        const bad = release(at(5), { errors: 1 });
        assert.equal(await step(bad, GATE), 1);
        assert.deepEqual(bad.weights, [0, undefined]);
        assert.deepEqual(bad.state, NONE);
    });

    it("neither promote nor roll back what could not be judged", async () => {
        const quietOne = release(at(5));
        assert.equal(await promote(quietOne, { ...GATE, minRequests: 100 }), 1);
        assert.deepEqual(quietOne.weights, []);
    });

    it("go on with a promotion without another gate", async () => {
        const canary = { image: NEW, weight: 100, replaces: order.image };
        const half = release({ canary, image: NEW }, { errors: 1 });
        assert.equal(await promote(half, GATE), 0);
        assert.deepEqual(half.weights, [100, 0, undefined]);
    });

    it("take the next of the usual shares, and no smaller one than it has", async () => {
        const next = release(at(5));
        assert.equal(await step(next, GATE), 0);
        assert.deepEqual(next.weights, [25]);
        for (const to of [25, 5]) {
            await assert.rejects(step(next, GATE, to), EnvironmentError);
        }
        await assert.rejects(step(release(at(100)), GATE), /has all the traffic/);
    });

    it("refuse a second canary, the image that is there, and to end what does not run", async () => {
        await assert.rejects(start(release(at(5)), { image: NEW, weight: 5 }), /is running/);
        const same = start(release(NONE), { image: order.image, weight: 5 });
        await assert.rejects(same, /already has the image/);
        await assert.rejects(abort(release(NONE)), EnvironmentError);
        await assert.rejects(step(release(NONE), GATE), EnvironmentError);
    });
});

describe("a release that the cluster has otherwise than the stack's file says", () => {
    const always = { divergence: () => FOREIGN };

    it("is neither started, stepped, run nor promoted, and nothing is changed", async () => {
        const canary = { image: NEW, weight: 100, replaces: order.image };
        const attempts: [FakeRelease, (session: Release) => Promise<unknown>][] = [
            [release(NONE, always), (session) => start(session, { image: NEW, weight: 5 })],
            [release(at(5), always), (session) => step(session, GATE)],
            [release(at(5), always), (session) => run(session, GATE, { steps: [50] })],
            [release(at(5), always), (session) => promote(session, GATE)],
            [release({ canary, image: NEW }, always), (session) => promote(session, GATE)],
        ];
        for (const [session, attempt] of attempts) {
            await assert.rejects(attempt(session), (error) => {
                assert.ok(error instanceof EnvironmentError);
                assert.match(error.message, /is not what the file of stack local says/);
                assert.match(error.message, /route orders: .*30 % .*\(written by kubectl-patch\)/);
                assert.match(error.message, /"mesh up" brings back/);
                return true;
            });
            assert.deepEqual(session.weights, []);
        }
    });

    it("stops between two stages of a promotion", async () => {
        const session = release(at(50), {
            divergence: (stages) => (stages === 2 ? FOREIGN : undefined),
        });
        await assert.rejects(promote(session, GATE), EnvironmentError);
        assert.deepEqual(session.weights, [100, 100]);
    });

    it("is given up all the same, and what was there is said", async () => {
        const session = release(at(5), always);
        await abort(session);
        assert.deepEqual(session.weights, [0, undefined]);
        assert.match(session.lines.join("\n"), /the cluster has route orders: .*kubectl-patch/);
    });

    it("is deployed to its end first where a deployment was interrupted", async () => {
        const session = release(at(25), {
            divergence: (stages) => (stages === 0 ? INTERRUPTED : undefined),
        });
        assert.equal(await step(session, GATE), 0);
        assert.deepEqual(session.weights, [25, 50]);
        assert.match(session.lines.join("\n"), /an earlier deployment was interrupted: route/);
    });

    it("is refused where going on with an interrupted deployment does not make it right", async () => {
        const session = release(at(25), { divergence: () => INTERRUPTED });
        await assert.rejects(step(session, GATE), EnvironmentError);
        assert.deepEqual(session.weights, [25]);
    });
});

describe("a promotion", () => {
    const losing = (kind: string, count: number) => (stages: number) =>
        stages === 3 ? { requests: 400, lost: new Map([[kind, count]]) } : FINE;

    it("says how many requests there were in its stages, and that none was lost", async () => {
        const session = release(at(100));
        assert.equal(await promote(session, GATE), 0);
        assert.match(
            session.lines.join("\n"),
            /promoted, it is \S+ now; 1,200 requests in the meantime, 0 lost/,
        );
    });

    it("ends with 1 where one request found no version", async () => {
        for (const kind of ["503 NC", "503 UH"]) {
            const session = release(at(100), { tally: losing(kind, 1) });
            assert.equal(await promote(session, GATE), 1);
            assert.equal(session.image, NEW);
            const said = session.lines.join("\n");
            assert.ok(
                said.includes(`1,200 requests in the meantime, 1 lost (1 with ${kind})`),
                said,
            );
        }
    });

    it("may lose others up to the rate that a canary may", async () => {
        const few = release(at(100), { tally: losing("500 -", 12) });
        assert.equal(await promote(few, GATE), 0);
        const many = release(at(100), { tally: losing("500 -", 13) });
        assert.equal(await promote(many, GATE), 1);
    });

    it("goes on where the logs cannot be read, and does not say that none was lost", async () => {
        const session = release(at(100), {
            tally: (stages) => {
                if (stages === 2) {
                    throw new Error("forbidden");
                }
                return FINE;
            },
        });
        assert.equal(await promote(session, GATE), 0);
        const said = session.lines.join("\n");
        assert.match(said, /requests cannot be counted: forbidden/);
        assert.match(
            said,
            /promoted, .*; 800 requests in the .* 0 lost, and some that could not be counted/,
        );
    });
});

describe("a service to release", () => {
    it("is one of the catalogue", async () => {
        assert.equal(await releasableService(order.name), order);
        await assert.rejects(releasableService("cart"), /no service cart; there are order/);
    });
});
