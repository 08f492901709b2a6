import assert from "node:assert/strict";
import { MODELS } from "#components/istio.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";

describe("schemas of Istio's kinds", () => {
    it("are of the versions in which the kinds are written", () => {
        assert.deepEqual(
            Object.fromEntries(
                Object.entries(MODELS).map(([kind, { apiVersion }]) => [kind, apiVersion]),
            ),
            API_VERSIONS,
        );
    });
});
