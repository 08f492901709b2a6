import assert from "node:assert/strict";
import { compareIdentities } from "#review/access/identities.ts";
import { subjectOf } from "../subject.ts";
import { written } from "../shop.ts";
import { allow, policy, SHOP, workload } from "./shop.ts";

const BASE = [...SHOP, allow("payment", "order", "{ methods: [POST] }")];
const UNNAMED = [...SHOP];

function runningAs(account: string, base = BASE): readonly string[] {
    return base.map((yaml) =>
        yaml.replace("serviceAccountName: cart", `serviceAccountName: ${account}`),
    );
}

function batch(account: string): string {
    return workload("batch").replace("serviceAccountName: batch", `serviceAccountName: ${account}`);
}

function asks(provider: string): string {
    return policy(
        "asks",
        `{ selector: { matchLabels: { app: cart } }, action: CUSTOM, provider: { name: ${provider} }, rules: [{}] }`,
    );
}

const CASES: Readonly<
    Record<string, readonly [before: readonly string[], after: readonly string[], says: string[]]>
> = {
    "a workload takes another one's identity": [
        BASE,
        runningAs("order"),
        [
            "! cart runs under the identity of order now [whatever lets order in lets cart in as well]",
        ],
    ],
    "a new workload takes another one's identity": [
        BASE,
        [...BASE, batch("order")],
        [
            "! batch, which is new, runs under the identity of order now [whatever lets order in lets batch in as well]",
        ],
    ],
    "a workload takes an identity that no policy names": [
        UNNAMED,
        runningAs("order", UNNAMED),
        ["cart runs under the identity of order now"],
    ],
    "a new workload shares an identity that no policy names": [
        UNNAMED,
        [...UNNAMED, batch("order")],
        [],
    ],
    "a workload has a new identity of its own": [BASE, runningAs("basket"), []],
    "another version of a workload comes": [
        BASE,
        [
            ...BASE,
            (workload("order").split("---")[0] ?? "").replace("{ name: order,", "{ name: order-2,"),
        ],
        [],
    ],
    "somebody else decides": [
        [...BASE, asks("strict")],
        [...BASE, asks("lenient")],
        [
            "! cart asks lenient whom to let in now, asked strict before [who decides there is somebody else, who may agree to more]",
        ],
    ],
    "nobody else decides": [[...BASE, asks("strict")], [...BASE, asks("strict")], []],
};

describe("Under whose identity workloads run", () => {
    for (const [title, [before, after, says]] of Object.entries(CASES)) {
        it(`is told when ${title}`, () => {
            assert.deepStrictEqual(
                compareIdentities(subjectOf(...before), subjectOf(...after)).map(written),
                says,
            );
        });
    }
});
