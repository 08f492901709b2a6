import { deepStrictEqual, throws } from "node:assert/strict";

import type { Json, JsonObject } from "../../../local/deployer/embedded/json.ts";
import { keepIgnored, parsePropertyPath } from "../../../local/deployer/embedded/naming.ts";

const WEIGHTS = "spec.http[*].route[*].weight";

describe("a property path", () => {
    const paths: readonly [string, (string | number)[]][] = [
        ["spec.replicas", ["spec", "replicas"]],
        [
            "spec.template.spec.containers[0].image",
            ["spec", "template", "spec", "containers", 0, "image"],
        ],
        ['metadata.annotations["example.com/a.b"]', ["metadata", "annotations", "example.com/a.b"]],
        [WEIGHTS, ["spec", "http", "*", "route", "*", "weight"]],
    ];
    for (const [path, keys] of paths) {
        it(`${path} is split into its steps`, () => {
            deepStrictEqual(parsePropertyPath(path), keys);
        });
    }

    it("that is empty is none", () => {
        throws(() => parsePropertyPath(""), {
            message: 'ignoreChanges: "" is not a property path',
        });
    });
});

describe("what ignoreChanges names", () => {
    const service = (...weights: readonly (number | undefined)[][]): JsonObject => ({
        spec: {
            http: [
                { name: "experiment", delegate: { name: "x" } },
                ...weights.map((route) => ({
                    timeout: "2s",
                    route: route.map((weight): Json => (weight === undefined ? {} : { weight })),
                })),
            ],
        },
    });
    const kept = (desired: JsonObject, live: unknown, path: string): JsonObject => {
        keepIgnored(desired, live, [path]);
        return desired;
    };

    it("is taken from the cluster at every place, beside what has no such place", () => {
        deepStrictEqual(
            kept(service([100, 0], [100, 0]), service([70, 30], [60, 40]), WEIGHTS),
            service([70, 30], [60, 40]),
        );
    });

    it("is the program's where the cluster has nothing: a new route, a new version, a new object", () => {
        deepStrictEqual(
            kept(service([90, 5, 5], [100]), service([70, 30]), WEIGHTS),
            service([70, 30, 5], [100]),
        );
        deepStrictEqual(
            kept(service([90, 10]), service([undefined, 30]), WEIGHTS),
            service([90, 30]),
        );
        deepStrictEqual(kept(service([90, 10]), undefined, WEIGHTS), service([90, 10]));
    });

    it("is nothing beside it, and brings no route that the program does not have", () => {
        const live = { spec: { http: [{}, { timeout: "9s", route: [{ weight: 1 }] }, {}, {}] } };
        deepStrictEqual(kept(service([100]), live, WEIGHTS), service([1]));
        deepStrictEqual(kept({ spec: {} }, live, WEIGHTS), { spec: {} });
        deepStrictEqual(kept({}, live, WEIGHTS), {});
    });

    it("may be every key of a map, and every element of a list", () => {
        deepStrictEqual(
            kept({ data: { a: "1", b: "1" } }, { data: { a: "2", c: "2" } }, "data.*"),
            {
                data: { a: "2", b: "1" },
            },
        );
        deepStrictEqual(kept({ list: [1, 2] }, { list: [3] }, "list[*]"), { list: [3, 2] });
    });
});
