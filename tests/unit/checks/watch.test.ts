import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Outcome } from "#checks/check.ts";
import { failed, passed, skipped } from "#checks/check.ts";
import type { ReportedRun } from "#checks/report.ts";
import { roundAsJson, roundAsText } from "#checks/rounds.ts";
import type { Change, Round, WatchOptions } from "#checks/watch.ts";
import { watch } from "#checks/watch.ts";
import { checkOf, resultOf } from "./results.ts";

type Seen = Readonly<Record<`edge/${string}`, Outcome>>;

const yes = passed("yes");
const no = failed("yes", "no", "Mend it.");

function runOf(seen: Seen, notAsked: readonly `edge/${string}`[] = []): ReportedRun {
    return {
        results: Object.entries(seen).map(([id, outcome]) => resultOf(id as "edge/a", outcome)),
        rounds: 1,
        milliseconds: 1234,
        ...(notAsked.length > 0 && {
            leftOut: {
                checks: notAsked.map((id) => checkOf(id, () => Promise.reject(new Error()))),
                reason: "seed 5 chose 1 of 2 pairs",
                sample: { seed: 5, pairs: 2, asked: 1 },
            },
        }),
    };
}

/** Watches until every answer was given, and stops. */
async function watched(
    answers: readonly (ReportedRun | Error)[],
    look?: (...given: Parameters<WatchOptions["look"]>) => void,
): Promise<{ held: boolean; rounds: readonly Round[] }> {
    const stop = new AbortController();
    const rounds: Round[] = [];
    const left = [...answers];
    const held = await watch({
        everyMilliseconds: 1,
        signal: stop.signal,
        look: async (broken, signal) => {
            look?.(broken, signal);
            await turn();
            const next = left.shift();
            if (next === undefined) {
                throw new Error("not asked for");
            }
            if (next instanceof Error) {
                throw next;
            }
            return next;
        },
        report: (round) => {
            rounds.push(round);
            if (left.length === 0) {
                stop.abort();
            }
        },
    });
    return { held, rounds };
}

async function changesOf(...answers: readonly (ReportedRun | Error)[]): Promise<Change[][]> {
    const { rounds } = await watched(answers);
    return rounds.map(({ changes }) => [...changes]);
}

describe("a watch", () => {
    it("says in its first round what does not hold, and then what is otherwise", async () => {
        deepStrictEqual(
            await changesOf(
                runOf({ "edge/a": yes, "edge/b": no }),
                runOf({ "edge/a": yes, "edge/b": no }),
                runOf({ "edge/a": no, "edge/b": yes }),
            ),
            [
                [{ id: "edge/b", what: "does not hold", why: "no" }],
                [],
                [
                    { id: "edge/a", what: "no longer holds", why: "no" },
                    { id: "edge/b", what: "holds again" },
                ],
            ],
        );
    });

    it("tells what can be judged no more, and what is gone while it did not hold", async () => {
        deepStrictEqual(
            await changesOf(
                runOf({ "edge/a": yes, "edge/b": no, "edge/c": yes }),
                runOf({ "edge/a": skipped("no Jaeger") }),
                runOf({ "edge/a": yes }),
            ),
            [
                [{ id: "edge/b", what: "does not hold", why: "no" }],
                [
                    { id: "edge/a", what: "no longer judged", why: "no Jaeger" },
                    { id: "edge/b", what: "no longer declared" },
                ],
                [{ id: "edge/a", what: "judged again" }],
            ],
        );
    });

    it("remembers what a round left out, and asks again what did not hold", async () => {
        const asked: string[][] = [];
        const { rounds } = await watched(
            [
                runOf({ "edge/a": no }, ["edge/b"]),
                runOf({ "edge/b": yes }, ["edge/a"]),
                runOf({ "edge/a": yes }, ["edge/b"]),
            ],
            (broken) => asked.push([...broken]),
        );
        deepStrictEqual(
            rounds.slice(1).map(({ changes }) => changes),
            [[], [{ id: "edge/a", what: "holds again" }]],
        );
        deepStrictEqual(asked, [[], ["edge/a"], ["edge/a"]]);
    });

    it("goes on when nothing could be asked, and compares with the round before that", async () => {
        const gone = new Error("connect ECONNREFUSED");
        const { held, rounds } = await watched([
            runOf({ "edge/a": yes }),
            gone,
            runOf({ "edge/a": no }),
            runOf({ "edge/a": yes }),
        ]);
        deepStrictEqual(
            rounds.map(({ number, holds }) => [number, holds]),
            [
                [1, true],
                [2, false],
                [3, false],
                [4, true],
            ],
        );
        deepStrictEqual(rounds[1]?.seen, { reason: gone.message });
        deepStrictEqual(rounds[2]?.changes, [{ id: "edge/a", what: "no longer holds", why: "no" }]);
        ok(held);
    });

    it("ends with what its last whole round came to, whatever a later one would have", async () => {
        strictEqual((await watched([runOf({ "edge/a": yes })])).held, true);
        strictEqual((await watched([runOf({ "edge/a": yes }), new Error("gone")])).held, false);
        strictEqual((await watched([runOf({ "edge/a": skipped("no") })])).held, false);

        const stop = new AbortController();
        const rounds: Round[] = [];
        let interrupted = false;
        const held = await watch({
            everyMilliseconds: 1,
            signal: stop.signal,
            look: async (_broken, signal) => {
                if (rounds.length === 0) {
                    return runOf({ "edge/a": yes });
                }
                stop.abort();
                await turn();
                interrupted = signal.aborted;
                throw new Error("interrupted");
            },
            report: (round) => rounds.push(round),
        });
        deepStrictEqual([held, interrupted, rounds.length], [true, true, 1]);
    });

    it("begins a round when its time has come, and never two at once", async () => {
        const begun: number[] = [];
        let running = 0;
        const stop = new AbortController();
        await watch({
            everyMilliseconds: 50,
            signal: stop.signal,
            look: async () => {
                begun.push(performance.now());
                running += 1;
                strictEqual(running, 1);
                await new Promise((resolve) => setTimeout(resolve, begun.length === 1 ? 120 : 1));
                running -= 1;
                return runOf({ "edge/a": yes });
            },
            report: ({ number }) => {
                if (number === 3) {
                    stop.abort();
                }
            },
        });
        const [first = 0, second = 0, third = 0] = begun;
        ok(second - first >= 115, "the long round was not waited for");
        ok(third - second >= 45, "the interval was not kept");
    });

    it("keeps nothing of its rounds", async () => {
        setFlagsFromString("--expose-gc");
        const collect = runInNewContext("gc") as () => void;
        const signals: WeakRef<AbortSignal>[] = [];
        const runs = Array.from({ length: 20 }, () => runOf({ "edge/a": yes }));
        const kept = runs.map((run) => new WeakRef(run));
        const answers = runs.splice(0);
        const stop = new AbortController();
        await watch({
            everyMilliseconds: 1,
            signal: stop.signal,
            look: async (_broken, signal) => {
                signals.push(new WeakRef(signal));
                // As the checks do.
                AbortSignal.any([signal, new AbortController().signal]);
                await turn();
                return answers.shift() ?? runOf({});
            },
            report: ({ number }) => {
                if (number === kept.length) {
                    stop.abort();
                }
            },
        });
        await turn();
        collect();
        strictEqual(kept.filter((run) => run.deref() !== undefined).length, 0);
        strictEqual(signals.filter((signal) => signal.deref() !== undefined).length, 0);
    });
});

describe("a round of a watch", () => {
    const round: Round = {
        number: 4,
        begun: new Date("2026-11-30T05:00:00Z"),
        milliseconds: 1300,
        holds: false,
        seen: runOf({ "edge/a": no, "edge/b": yes }, ["edge/c"]),
        changes: [
            { id: "edge/a", what: "no longer holds", why: "a\nb" },
            { id: "edge/b", what: "holds again" },
        ],
    };

    it("is a line for people, and one for each change", () => {
        strictEqual(
            roundAsText(round),
            [
                "2026-11-30T05:00:00.000Z  round 4: 1 hold, 1 do not, 0 skipped, 1 not asked in 1.2 s; 1 of 2 pairs, seed 5",
                "  no longer holds: edge/a: a b",
                "  holds again: edge/b",
                "",
            ].join("\n"),
        );
        const many = Array.from({ length: 130 }, () => round.changes[1] as Change);
        const lines = roundAsText({ ...round, changes: many })
            .trimEnd()
            .split("\n");
        strictEqual(lines.length, 22);
        strictEqual(lines.at(-1), "  and 110 more changes");
        match(
            roundAsText({ ...round, seen: { reason: "no route" }, changes: [] }),
            /round 4: nothing could be asked: no route\n$/,
        );
    });

    it("is a line of JSON for programs", () => {
        const target = { stack: "dev" } as Parameters<typeof roundAsJson>[0];
        const text = roundAsJson(target, round);
        strictEqual(text.indexOf("\n"), text.length - 1);
        deepStrictEqual(JSON.parse(text), {
            version: 1,
            target,
            round: 4,
            begun: "2026-11-30T05:00:00.000Z",
            milliseconds: 1300,
            holds: false,
            summary: {
                holds: false,
                passed: 1,
                accepted: 0,
                failed: 1,
                skipped: 0,
                rounds: 1,
                milliseconds: 1234,
                notAsked: {
                    checks: 1,
                    reason: "seed 5 chose 1 of 2 pairs",
                    seed: 5,
                    pairs: 2,
                    asked: 1,
                },
            },
            changes: round.changes,
        });
        const unasked = JSON.parse(
            roundAsJson(target, { ...round, seen: { reason: "no route" } }),
        ) as { reason: string };
        strictEqual(unasked.reason, "no route");
    });
});
