import { deepStrictEqual, strictEqual } from "node:assert";
import { countBy, percentile, quantile } from "#cli/statistics.ts";

describe("statistics of the commands", () => {
    it("count by a key", () => {
        deepStrictEqual(
            countBy(["a", "bb", "cc"], ({ length }) => String(length)),
            { 1: 1, 2: 2 },
        );
        deepStrictEqual(countBy([], String), {});
    });

    it("take percentiles that were measured, in whatever order the values come", () => {
        const values = [30, 10, 20, 40];
        deepStrictEqual(
            [0, 25, 50, 75, 76, 100].map((percent) => percentile(values, percent)),
            [10, 10, 20, 30, 40, 40],
        );
        deepStrictEqual(values, [30, 10, 20, 40]);
        strictEqual(percentile([], 50), 0);
    });
});

describe("a quantile of buckets", () => {
    it("is interpolated inside its bucket", () => {
        strictEqual(
            quantile(
                0.5,
                new Map([
                    [10, 0],
                    [20, 100],
                ]),
            ),
            15,
        );
    });

    it("is the last finite bound above it, and nothing without requests", () => {
        strictEqual(
            quantile(
                0.95,
                new Map([
                    [10, 1],
                    [Infinity, 100],
                ]),
            ),
            10,
        );
        strictEqual(quantile(0.95, new Map()), undefined);
        strictEqual(quantile(0.95, new Map([[10, 0]])), undefined);
    });
});
