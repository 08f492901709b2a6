import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { describeChange, difference } from "../../render/difference.ts";
import type { Change } from "../../render/difference.ts";
import { goldenText, parseGolden } from "../../render/golden-file.ts";
import { renderStack } from "../../render/render.ts";
import { ADDONS } from "./intentions/addons.ts";
import { PRESENT } from "./intentions/intention.ts";
import type { Intention, Pair } from "./intentions/intention.ts";
import { ISTIO } from "./intentions/istio.ts";
import { MESH } from "./intentions/mesh.ts";

function key(resource: string, path: string): string {
    return path === "" ? resource : `${resource}.inputs.${path}`;
}

function intended(intentions: readonly Intention[]): Map<string, { pair: Pair; why: string }> {
    const all = intentions.flatMap(({ intention, changes }) =>
        Object.entries(changes).flatMap(([resource, paths]) =>
            Object.entries(paths).map(
                ([path, pair]) => [key(resource, path), { pair, why: intention }] as const,
            ),
        ),
    );
    assert.equal(new Set(all.map(([where]) => where)).size, all.length, "a path is listed twice");
    return new Map(all);
}

function matches(expected: unknown, actual: unknown): boolean {
    if (expected === PRESENT) {
        return actual !== undefined;
    }
    return expected instanceof RegExp
        ? typeof actual === "string" && expected.test(actual)
        : isDeepStrictEqual(actual, expected);
}

async function changesFromDevToProd(): Promise<Change[]> {
    const [dev, prod] = await Promise.all([renderStack("dev"), renderStack("prod")]);
    return difference(
        parseGolden(goldenText(dev)).resources,
        parseGolden(goldenText(prod)).resources,
    );
}

describe("dev and prod", () => {
    const table = intended([...MESH, ...ISTIO, ...ADDONS]);

    it("differ in what is intended and in nothing else", async () => {
        const changes = await changesFromDevToProd();
        const unexpected = changes
            .filter(({ path, before, after }) => {
                const pair = table.get(path)?.pair;
                return pair === undefined || !matches(pair[0], before) || !matches(pair[1], after);
            })
            .map((change) => `not intended: ${describeChange(change)}`);
        const found = new Set(changes.map(({ path }) => path));
        const vanished = [...table]
            .filter(([path]) => !found.has(path))
            .map(([path, { why }]) => `no longer so: ${why} (${path})`);
        assert.deepEqual([...unexpected, ...vanished], []);
    });

    it("differ in every way the table names, each of which is a sentence", () => {
        for (const { intention, changes } of [...MESH, ...ISTIO, ...ADDONS]) {
            assert.match(intention, /^[a-z].{20,}[^.]$/);
            assert.ok(Object.keys(changes).length > 0, intention);
        }
    });
});
