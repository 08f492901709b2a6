import assert from "node:assert/strict";
import { graphOf } from "#review/access/graph.ts";
import { compareBreakers } from "#review/breakers.ts";
import { budgetsOf, compareBudgets } from "#review/budgets.ts";
import { compareEgress } from "#review/egress.ts";
import { compareExposure } from "#review/exposure.ts";
import { compareRouting } from "#review/routing.ts";
import type { Compare, Subject } from "#review/subject.ts";
import { Reading, renderedResources } from "#review/subject/resources.ts";
import { renderCanaries, renderStack } from "../../render/render.ts";
import type { Rendering } from "../../render/rendering.ts";
import { written } from "./shop.ts";

/** A subject made anew, so that nothing known of another one is known of it. */
function subjectFrom({ resources }: Rendering): Subject {
    return {
        name: "program",
        resources: renderedResources(resources, "prod::a4co", new Reading()),
        objects: [],
        releases: [],
    };
}

const COMPARISONS: readonly Compare[] = [
    compareExposure,
    compareEgress,
    compareBudgets,
    compareBreakers,
    compareRouting,
];

function said(before: Subject, after: Subject): readonly string[] {
    return COMPARISONS.flatMap((compare) => compare(before, after)).map(written);
}

describe("The traffic of the program's own stacks", () => {
    it("is the same as itself", async () => {
        const prod = await renderStack("prod");
        assert.deepStrictEqual(said(subjectFrom(prod), subjectFrom(prod)), []);
    });

    it("is told of a canary, which weakens nothing", async () => {
        const [prod, canaries] = [await renderStack("prod"), await renderCanaries()];
        assert.deepStrictEqual(said(subjectFrom(prod), subjectFrom(canaries)), [
            "order-service takes out at most 2 of its pods, was 1 of its pods",
            "payment-service takes 200 requests at once from all callers together, was 100: 50 from each of 4 calling pods, was 2 pods",
            "order-service /orders/*: 10 % to canary, was none",
            "order-service /orders/* with x-canary: order: 100 % to canary, was none",
            "order-service has a subset canary of version=canary now",
        ]);
    });

    it("is weaker in dev than in prod", async () => {
        const [prod, dev] = [await renderStack("prod"), await renderStack("dev")];
        const weaker = said(subjectFrom(prod), subjectFrom(dev)).filter((text) =>
            text.startsWith("!"),
        );
        for (const part of [
            "plain text, was a redirect to HTTPS",
            "lets workloads call any host outside",
            "a delay of 5s is injected into 0.1 %",
            "payment-service never takes a failing pod out",
        ]) {
            assert.ok(
                weaker.some((text) => text.includes(part)),
                `${part}: ${weaker.join("\n")}`,
            );
        }
    });

    it("has budgets along the chain from the gateway", async () => {
        const prod = subjectFrom(await renderStack("prod"));
        const [longest] = budgetsOf(prod, graphOf(prod)).chains;
        assert.deepStrictEqual(longest, {
            chain: [
                "istio-ingressgateway",
                "order-service",
                "payment-service",
                "inventory-service",
            ],
            slowest: 10_000,
            copies: 4 * 6 * 4,
            inverted: [
                "istio-ingressgateway gives order-service 10 s, which waits up to 15 s for payment-service",
            ],
        });
    });
});
