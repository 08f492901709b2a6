import assert from "node:assert/strict";
import { plannedChanges, previewLines } from "../../../cli/canary/preview.ts";
import { plannedIn } from "../../../local/deployer/pulumi-route.ts";
import { liveWeight } from "../../../cli/canary/status.ts";
import type { RenderedResource } from "../../../cli/render/types.ts";
import { hashOf } from "../../../local/deployer/embedded/json.ts";

function registered(
    name: string,
    inputs: object,
    type = "kubernetes:core/v1:Service",
): RenderedResource {
    return {
        type,
        name,
        custom: true,
        parent: undefined,
        dependsOn: [],
        ignoreChanges: [],
        inputs,
    };
}

describe("the preview of a deployment", () => {
    const applied = (
        name: string,
        inputs: object,
    ): { type: string; name: string; hash: string } => ({
        type: "kubernetes:core/v1:Service",
        name,
        hash: hashOf(inputs),
    });

    it("names what is new, different and gone, and nothing else", () => {
        const changes = plannedChanges(
            [registered("same", { a: 1 }), registered("other", { a: 2 }), registered("new", {})],
            [applied("same", { a: 1 }), applied("other", { a: 1 }), applied("old", {})],
        );
        assert.deepEqual(previewLines(changes), [
            "~ kubernetes:core/v1:Service other",
            "+ kubernetes:core/v1:Service new",
            "- kubernetes:core/v1:Service old",
        ]);
    });

    it("says so where nothing changes, a chart left out", () => {
        const type = "kubernetes:helm.sh/v3:Release";
        const chart = registered("chart", { a: 2 }, type);
        const changes = plannedChanges([chart], [{ type, name: "chart", hash: "another" }]);
        assert.deepEqual(previewLines(changes), ["nothing changes"]);
    });

    it("is read from the CLI's events", () => {
        const event = (op: "update" | "same"): Parameters<typeof plannedIn>[0] => {
            const type = "kubernetes:core/v1:Service";
            const urn = `urn:pulumi:prod::mesh::${type}::order-service-service`;
            const state = { type, urn, custom: true, id: "", parent: "", inputs: {}, outputs: {} };
            const metadata = { op, urn, type, old: state, new: state, provider: "" };
            return { sequence: 1, timestamp: 1, resourcePreEvent: { metadata } } as Parameters<
                typeof plannedIn
            >[0];
        };
        assert.equal(plannedIn(event("same")), undefined);
        assert.deepEqual(plannedIn(event("update")), {
            type: "kubernetes:core/v1:Service",
            name: "order-service-service",
            action: "changed",
        });
    });
});

describe("the canary's live weight", () => {
    const route = (...subsets: readonly [string, number][]): object => ({
        route: subsets.map(([subset, weight]) => ({ destination: { subset }, weight })),
    });

    it("is that of the last route, whatever a header's route says", () => {
        const http = [{ delegate: {} }, route(["canary", 100]), route(["v1", 95], ["canary", 5])];
        assert.equal(liveWeight({ spec: { http } }), 5);
        assert.equal(liveWeight({ spec: { http: [route(["v1", 100])] } }), undefined);
    });
});
