import assert from "node:assert/strict";
import { previewLines } from "#cli/planned-changes.ts";
import { plannedIn } from "#local/deployer/events.ts";

describe("the preview of a deployment", () => {
    it("names what is new, different and gone, and nothing else", () => {
        const type = "kubernetes:core/v1:Service";
        const changes = (["changed", "created", "replaced", "deleted"] as const).map((action) => ({
            type,
            name: action,
            action,
            fields: [],
        }));
        assert.deepEqual(previewLines(changes), [
            `~ ${type} changed`,
            `+ ${type} created`,
            `+-${type} replaced`,
            `- ${type} deleted`,
        ]);
        assert.deepEqual(previewLines([]), ["nothing changes"]);
    });

    it("is read from the engine's events", () => {
        const event = (
            op: "update" | "same",
            detailedDiff: object = { "spec.ports": { diffKind: "update", inputDiff: false } },
        ): Parameters<typeof plannedIn>[0] => {
            const type = "kubernetes:core/v1:Service";
            const urn = `urn:pulumi:prod::mesh::${type}::order-service-service`;
            const state = { type, urn, custom: true, id: "", parent: "", inputs: {}, outputs: {} };
            const metadata = {
                op,
                urn,
                type,
                old: state,
                new: state,
                provider: "",
                detailedDiff,
            };
            return {
                sequence: 1,
                timestamp: 1,
                resourcePreEvent: { metadata },
            } as unknown as Parameters<typeof plannedIn>[0];
        };
        assert.equal(plannedIn(event("same")), undefined);
        // One that was not ready is only waited for.
        assert.equal(plannedIn(event("update", {})), undefined);
        assert.deepEqual(plannedIn(event("update")), {
            type: "kubernetes:core/v1:Service",
            name: "order-service-service",
            action: "changed",
            fields: ["spec.ports"],
        });
    });
});
