import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual } from "node:assert";
import fc from "fast-check";
import type { Check, ProbedPair } from "#checks/check.ts";
import { passed } from "#checks/check.ts";
import { checksOf } from "#checks/filter.ts";
import type { ProbeChoice } from "#checks/probing.ts";
import { planProbes, samplePairs } from "#checks/probing.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { checkOf } from "./results.ts";

const SERVICES = 200;
const BOUND = 1000;

/** Everybody towards everybody; each service calls the next three. */
function pairsOf(count: number): readonly ProbedPair[] {
    const indices = Array.from({ length: count }, (_, index) => index);
    return indices.flatMap((caller) =>
        indices.map((callee) => ({
            caller: `s${caller}`,
            callee: `s${callee}`,
            declared: [1, 2, 3].includes((callee - caller + count) % count),
        })),
    );
}

function nameOf({ caller, callee }: ProbedPair): string {
    return `${caller}:${callee}`;
}

const large = pairsOf(SERVICES);

function checksOfPairs(pairs: readonly ProbedPair[]): readonly Check[] {
    const run = (): Promise<never> => Promise.reject(new Error("not asked"));
    return [
        checkOf("preflight/api", () => Promise.resolve(passed("yes"))),
        { ...checkOf("edge/http", run), probes: "mesh" },
        ...pairs.flatMap((pair) =>
            (["identity/caller", "authorization/undeclared"] as const).map((id) => ({
                ...checkOf(`${id}/${nameOf(pair)}`, run),
                probes: pair,
            })),
        ),
    ];
}

describe("a sample of the pairs", () => {
    it("has everybody as a caller and as a callee, by a declared and by an undeclared pair", () => {
        fc.assert(
            fc.property(fc.nat(2 ** 32 - 1), fc.integer({ min: 5, max: 30 }), (seed, count) => {
                const pairs = pairsOf(count);
                const chosen = samplePairs(pairs, { seed, bound: 1 });
                const sides = (of: readonly ProbedPair[]): ReadonlySet<string> =>
                    new Set(
                        of.flatMap(({ caller, callee, declared }) => [
                            `${caller}: ${declared}`,
                            `:${callee} ${declared}`,
                        ]),
                    );
                const covered = sides(pairs.filter((pair) => chosen.has(nameOf(pair))));
                deepStrictEqual([...sides(pairs)].sort(), [...covered].sort());
            }),
            { numRuns: 50 },
        );
    });

    it("is filled up to the bound and follows from the seed alone", () => {
        const of = (seed: number): readonly string[] => [
            ...samplePairs(large, { seed, bound: BOUND }),
        ];
        strictEqual(of(7).length, BOUND);
        deepStrictEqual(of(7), of(7));
        notDeepStrictEqual(of(7), of(8));
    });

    it("chooses each pair about as often as any other", () => {
        const pairs = pairsOf(10).filter(({ declared }) => !declared);
        const counts = new Map(pairs.map((pair) => [nameOf(pair), 0]));
        for (let seed = 0; seed < 2000; seed += 1) {
            for (const name of samplePairs(pairs, { seed, bound: 35 })) {
                counts.set(name, (counts.get(name) ?? 0) + 1);
            }
        }
        for (const [name, count] of counts) {
            ok(count > 800 && count < 1200, `${name}: ${count}`);
        }
    });
});

describe("what is asked from probe pods", () => {
    const choice: ProbeChoice = { mode: "sample", seed: 3 };
    const checks = checksOfPairs(large);

    it("is everything where the pairs are few, or all are wanted", () => {
        const few = checksOfPairs(pairsOf(30));
        deepStrictEqual(planProbes(few, choice), { checks: few });
        deepStrictEqual(planProbes(checks, { ...choice, mode: "all" }), { checks });
    });

    it("is a sample where they are many, with what was left out counted and the seed named", () => {
        const { checks: asked, leftOut } = planProbes(checks, choice);
        strictEqual(asked.length, 2 + 2 * BOUND);
        strictEqual(leftOut?.checks.length, checks.length - asked.length);
        deepStrictEqual(leftOut.sample, { seed: 3, pairs: large.length, asked: BOUND });
        match(leftOut.reason, /^seed 3 chose 1000 of 40000 pairs/);
        deepStrictEqual(
            asked.slice(0, 2).map(({ id }) => id),
            ["preflight/api", "edge/http"],
        );
    });

    it("does not lose sight of what did not hold", () => {
        const left = planProbes(checks, choice).leftOut?.checks.slice(0, 5) ?? [];
        const again = new Set(left.map(({ id }) => id));
        const { checks: asked } = planProbes(checks, { ...choice, again });
        deepStrictEqual(asked.filter(({ id }) => again.has(id)).length, again.size);
    });

    it("is nothing where no probe pod is wanted", async () => {
        const { mesh } = await declaredMesh({ stack: "local" }, true);
        const all = await checksOf(mesh);
        const { checks: asked, leftOut } = planProbes(all, { mode: "none", seed: 0 });
        strictEqual(leftOut?.checks.length, all.length - asked.length);
        strictEqual(leftOut.sample, undefined);
        // Everything else is read from the API server and from proxies.
        deepStrictEqual(
            asked.filter(({ id }) => /^(authorization|edge|identity\/(caller|plain))/.test(id)),
            [],
        );
        ok(asked.some(({ id }) => id.startsWith("closed/")));
    });
});
