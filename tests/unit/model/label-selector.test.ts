import assert from "node:assert/strict";
import { isChosen } from "#model/label-selector.ts";
import type { LabelSelector } from "#model/label-selector.ts";

const LABELS = { app: "cart", tier: "front" };

const CHOSEN: readonly LabelSelector[] = [
    {},
    { matchLabels: { app: "cart" } },
    { matchExpressions: [{ key: "app", operator: "In", values: ["order", "cart"] }] },
    { matchExpressions: [{ key: "app", operator: "NotIn", values: ["order"] }] },
    // A label that is not there is in no list.
    { matchExpressions: [{ key: "team", operator: "NotIn", values: ["cart"] }] },
    { matchExpressions: [{ key: "tier", operator: "Exists" }] },
    { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] },
    { matchExpressions: [{ key: "team", operator: "SomethingNew" }] },
];

const LEFT: readonly LabelSelector[] = [
    { matchLabels: { app: "order" } },
    { matchLabels: { app: "cart", tier: "back" } },
    { matchExpressions: [{ key: "app", operator: "In", values: ["order"] }] },
    { matchExpressions: [{ key: "team", operator: "In", values: ["cart"] }] },
    { matchExpressions: [{ key: "app", operator: "NotIn", values: ["cart"] }] },
    { matchExpressions: [{ key: "team", operator: "Exists" }] },
    { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
    { matchLabels: { app: "cart" }, matchExpressions: [{ key: "team", operator: "Exists" }] },
];

describe("a label selector", () => {
    for (const selector of CHOSEN) {
        it(`chooses by ${JSON.stringify(selector)}`, () => {
            assert.equal(isChosen(selector, LABELS), true);
        });
    }
    for (const selector of LEFT) {
        it(`does not choose by ${JSON.stringify(selector)}`, () => {
            assert.equal(isChosen(selector, LABELS), false);
        });
    }
});
