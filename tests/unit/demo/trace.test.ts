import assert from "node:assert/strict";
import { headersToPassOn, traceId } from "#demo/trace.ts";

describe("demo trace headers", () => {
    it("are passed on with the probe mark, the key and the faults of others, and nothing else", () => {
        const kept = {
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            tracestate: "a=1",
            baggage: "k=v",
            "x-request-id": "r1",
            "x-b3-traceid": "463ac35c9f6413ad48485a3953bb6124",
            "x-b3-sampled": "1",
            b3: "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1",
            "x-mesh-probe": "verify",
            "idempotency-key": "k1",
            "x-demo-fault": "payment-service:delay=1s",
        };
        const dropped = {
            host: "order.a4co.local",
            authorization: "Bearer x",
            cookie: "a=b",
            "x-forwarded-client-cert": "URI=spiffe://x",
            "content-length": "3",
        };
        assert.deepEqual(headersToPassOn({ ...kept, ...dropped }), kept);
        assert.deepEqual(headersToPassOn(dropped), {});
        assert.deepEqual(headersToPassOn({ "x-demo-fault": "delay=1s" }), {});
    });

    it("give the trace's id in either form", () => {
        const id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert.equal(traceId({ traceparent: `00-${id}-00f067aa0ba902b7-01` }), id);
        assert.equal(traceId({ "x-b3-traceid": id }), id);
        assert.equal(traceId({ b3: `${id}-a2fb4a1d1a96d312-1` }), id);
        assert.equal(traceId({ traceparent: "broken" }), undefined);
    });
});
