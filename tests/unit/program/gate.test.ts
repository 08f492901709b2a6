import assert from "node:assert/strict";
import { run } from "../../render/render.ts";
import type { RenderedResource, Rendering } from "../../render/rendering.ts";
import { stackConfig } from "../../render/stack-config.ts";

/** An update, in which the gate is asked. */
function update(gate: "answers" | "silent"): Promise<Rendering> {
    return run({
        program: "tests/render/gated.ts",
        stack: "dev",
        config: { ...stackConfig("dev"), "test:gate": gate },
        preview: false,
    });
}

/** What Istio's webhooks judge or change: custom resources of Istio, and pods that are to be injected. */
function needsWebhooks({ type, name }: RenderedResource): boolean {
    return (
        type.includes(".istio.io/") ||
        type === "kubernetes:apps/v1:Deployment" ||
        name === "platform-gateway"
    );
}

describe("the webhook gate", () => {
    it("is asked once istiod, the guard and the namespace are there, and lets the rest in", async () => {
        const { order, resources, errors } = await update("answers");
        assert.deepEqual(errors, []);
        const asked = order.indexOf("gate is asked");
        const answered = order.indexOf("gate answers");
        assert.ok(asked >= 0 && answered > asked, order.join("\n"));
        assert.equal(order.lastIndexOf("gate is asked"), asked, "it is asked once");
        for (const name of [
            "platform-istiod",
            "platform-injection-guard-sidecar-binding",
            "platform-injection-guard-image-binding",
            "platform-application-namespace",
        ]) {
            assert.ok(order.indexOf(name) < asked, `${name} comes before the question`);
        }
        const behind = resources.filter(needsWebhooks).map(({ name }) => name);
        assert.ok(behind.length > 15, `${behind.length} resources are behind the gate`);
        assert.deepEqual(
            behind.filter((name) => order.indexOf(name) < answered),
            [],
            "registered before the gate answered",
        );
    });

    it("fails the program with its own sentence, once, and lets nothing in that needs it", async () => {
        const { resources, errors } = await update("silent");
        assert.deepEqual(errors, ["the injector did not answer"]);
        assert.ok(resources.some(({ name }) => name === "platform-istiod"));
        assert.deepEqual(resources.filter(needsWebhooks), []);
    });
});
