import assert from "node:assert/strict";
import type { ProbeResult } from "#live/probes/probe.ts";
import {
    arrived,
    conversationWith,
    describeResult,
    maySend,
    notRouted,
    questionOf,
    refusedByMesh,
} from "#live/requests.ts";
import { nats } from "#services/nats.ts";
import { OTHER } from "../model/context.ts";

const UPSTREAM = { "x-envoy-upstream-service-time": "1" };
const common = { id: "1", milliseconds: 1 };

const ANSWERS: Readonly<Record<string, ProbeResult>> = {
    "200 from the service": { ...common, status: 200, headers: UPSTREAM, body: "" },
    "404 from the service": { ...common, status: 404, headers: UPSTREAM, body: "" },
    "403 from the service": { ...common, status: 403, headers: UPSTREAM, body: "not yours" },
    "403 from the mesh": {
        ...common,
        status: 403,
        headers: UPSTREAM,
        body: "RBAC: access denied",
    },
    "404 from the caller's proxy": { ...common, status: 404, headers: {}, body: "" },
    "503 from the caller's proxy": { ...common, status: 503, headers: {}, body: "overflow" },
    "no answer (TIMEOUT)": { ...common, error: "TIMEOUT" },
};

/** The names of the answers that a judgement takes. */
function taken(judgement: (result: ProbeResult) => boolean): string[] {
    return Object.entries(ANSWERS)
        .filter(([, result]) => judgement(result))
        .map(([name]) => name);
}

describe("judging an answer", () => {
    it("takes for refused only what the callee's proxy refused", () => {
        assert.deepEqual(taken(refusedByMesh), ["403 from the mesh"]);
    });

    it("knows a refusal of HEAD by its length", () => {
        const head = (length: string): ProbeResult => ({
            ...common,
            status: 403,
            headers: { "content-length": length },
            body: "",
        });
        assert.equal(refusedByMesh(head("19")), true);
        assert.equal(refusedByMesh(head("0")), false);
    });

    it("takes for arrived whatever the application answered", () => {
        assert.deepEqual(taken(arrived), [
            "200 from the service",
            "404 from the service",
            "403 from the service",
        ]);
    });

    it("takes for not routed only the caller's own 404", () => {
        assert.deepEqual(taken(notRouted), ["404 from the caller's proxy"]);
    });

    it("says who answered", () => {
        for (const [name, result] of Object.entries(ANSWERS)) {
            assert.equal(describeResult(result), name);
        }
    });
});

describe("asking", () => {
    it("marks every question, differently unless told otherwise", () => {
        const marks = [1, 2].map(
            () => questionOf("a", 80, "GET", "/", OTHER).headers?.["x-mesh-probe"],
        );
        assert.ok(marks[0]);
        assert.notEqual(marks[0], marks[1]);
        assert.deepEqual(questionOf("a", 80, "GET", "/", OTHER, "mark"), {
            host: "a.shop.svc.cluster.local",
            port: 80,
            method: "GET",
            path: "/",
            headers: { "x-mesh-probe": "mark" },
        });
    });

    it("sends a body with the methods that have one", () => {
        const { body, headers } = questionOf("a", 80, "POST", "/", OTHER, "mark");
        assert.equal(body, "{}");
        assert.equal(headers?.["content-type"], "application/json");
    });

    it("may only read where the probe header is not honoured", () => {
        const may = (service: { honoursProbeHeader: boolean }): string[] =>
            ["GET", "HEAD", "OPTIONS", "POST", "DELETE"].filter((method) =>
                maySend(method, service),
            );
        assert.deepEqual(may({ honoursProbeHeader: false }), ["GET", "HEAD", "OPTIONS"]);
        assert.equal(may({ honoursProbeHeader: true }).length, 5);
    });

    it("talks to a scheme it knows, and to no other", () => {
        assert.equal(conversationWith(nats, OTHER)?.expect, "PONG");
        assert.equal(conversationWith({ ...nats, scheme: "unheard-of" }, OTHER), undefined);
    });
});
