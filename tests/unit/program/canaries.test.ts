import assert from "node:assert/strict";
import { CANARIES, renderCanaries, renderStack } from "../../render/render.ts";
import type { RenderedResource } from "../../render/rendering.ts";

const CANARY = "order-service-deployment-canary";

interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly replicas: number;
        readonly selector: { readonly matchLabels: unknown };
        readonly template: {
            readonly metadata: { readonly labels: unknown };
            readonly spec: {
                readonly serviceAccountName: string;
                readonly containers: readonly { readonly image: string }[];
            };
        };
    };
}

describe("a stack with a canary", () => {
    let resources: readonly RenderedResource[];
    let without: readonly RenderedResource[];
    before(async () => {
        ({ resources } = await renderCanaries());
        ({ resources: without } = await renderStack("prod"));
    });

    const resource = (name: string): RenderedResource => {
        const found = resources.find((one) => one.name === name);
        assert.ok(found, `${name} is there`);
        return found;
    };
    const deployment = (name: string): Deployment => resource(name).inputs as Deployment;

    it("has one resource more, and changes the two that lead to it", () => {
        const before = new Map(without.map((one) => [one.name, one]));
        assert.deepEqual(
            resources.filter(({ name }) => !before.has(name)).map(({ name }) => name),
            [CANARY],
        );
        const changed = resources.filter(
            ({ name, custom, inputs }) =>
                custom &&
                name !== CANARY &&
                JSON.stringify(inputs) !== JSON.stringify(before.get(name)?.inputs),
        );
        assert.deepEqual(
            changed.map(({ name }) => name),
            ["order-service-destination-rule", "order-service-virtual-service"],
        );
    });

    it("runs it beside the declared version, as the same service", () => {
        const [canary, declared] = [deployment(CANARY), deployment("order-service-deployment-v1")];
        const labels = { app: "order-service", version: "canary" };
        assert.equal(canary.metadata.name, "order-service-canary");
        assert.deepEqual(canary.spec.selector.matchLabels, labels);
        assert.deepEqual(canary.spec.template.metadata.labels, labels);
        assert.equal(canary.spec.replicas, declared.spec.replicas);
        const [run, usual] = [canary.spec.template.spec, declared.spec.template.spec];
        assert.equal(run.serviceAccountName, "order-service");
        const [container] = run.containers;
        const { image } = CANARIES["mesh:canaries"]["order-service"];
        assert.equal(container?.image, image);
        // But for these two the pods are the same: environment, probes, limits, user, spread.
        const declaredImage = usual.containers[0]?.image ?? "";
        assert.equal(
            JSON.stringify(run)
                .replace(image, declaredImage)
                .replaceAll('"version":"canary"', '"version":"v1"'),
            JSON.stringify(usual),
        );
    });

    it("limits and ejects it as it does the declared version: one breaker, two subsets", () => {
        const rule = (list: readonly RenderedResource[]): Record<string, unknown> => {
            const found = list.find(({ name }) => name === "order-service-destination-rule");
            return (found?.inputs as { readonly spec: Record<string, unknown> }).spec;
        };
        const { subsets, ...policy } = rule(resources);
        const { subsets: before, ...same } = rule(without);
        assert.deepEqual(policy, same);
        assert.deepEqual(before, [{ name: "v1", labels: { version: "v1" } }]);
        assert.deepEqual(subsets, [
            { name: "v1", labels: { version: "v1" } },
            { name: "canary", labels: { version: "canary" } },
        ]);
    });

    it("sends it requests once its pods are there", () => {
        assert.ok(resource("order-service-virtual-service").dependsOn.includes(CANARY));
    });

    it("is set by the program alone: it ignores no change, of weights or anything else", () => {
        assert.ok(resources.every(({ ignoreChanges }) => ignoreChanges.length === 0));
    });
});
