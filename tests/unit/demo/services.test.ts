import assert from "node:assert/strict";
import { isJsonObject } from "#demo/input.ts";
import type { JsonObject } from "#demo/input.ts";
import { ask, sample, startPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";

function object(value: unknown): JsonObject {
    assert.ok(isJsonObject(value), `not an object: ${JSON.stringify(value)}`);
    return value;
}

describe("demo services together", () => {
    let platform: Platform;
    beforeEach(async () => {
        platform = await startPlatform();
    });
    afterEach(() => platform.close());

    const stockOf = async (): Promise<JsonObject> =>
        object((await ask(platform.inventory, "/inventory")).body.stock);

    it("takes an order: paid, reserved, told and listed", async () => {
        const body = { item: "book", quantity: 2 };
        const reply = await ask(platform.order, "/orders", { method: "POST", body });
        assert.equal(reply.status, 201);
        const order = object(reply.body.order);
        const payment = object(reply.body.payment);
        assert.equal(order.quantity, 2);
        assert.equal(payment.orderId, order.id);
        assert.equal(payment.amount, 3800);
        assert.deepEqual(reply.body.reservation, { orderId: order.id, item: "book", quantity: 2 });
        assert.deepEqual(reply.body.event, { subject: "orders.created", published: true });
        assert.equal(reply.body.replayed, false);
        assert.deepEqual(platform.events.published, [
            { subject: "orders.created", event: { order, payment } },
        ]);
        assert.deepEqual((await ask(platform.order, "/orders")).body, {
            orders: [order],
            total: 1,
        });
        assert.deepEqual((await ask(platform.payment, "/payments")).body, {
            payments: [payment],
            processed: 1,
            callerCertificate: null,
        });
        assert.deepEqual(await stockOf(), { book: 8 });
    });

    it("takes an order without a body", async () => {
        const reply = await ask(platform.order, "/orders", { method: "POST" });
        assert.equal(reply.status, 201);
        assert.equal(object(reply.body.order).item, "book");
    });

    it("answers 502 with the cause and lists nothing where the payment fails", async () => {
        const headers = { "x-demo-fault": "payment-service:status=503" };
        const reply = await ask(platform.order, "/orders", { method: "POST", headers });
        assert.equal(reply.status, 502);
        assert.match(
            String(reply.body.error),
            /^payment-service answered 503: payment-service fails/,
        );
        assert.deepEqual((await ask(platform.order, "/orders")).body, { orders: [], total: 0 });
        assert.deepEqual(platform.events.published, []);
        assert.deepEqual(await stockOf(), { book: 10 });
    });

    it("names the failing service at the end of the chain", async () => {
        const headers = { "x-demo-fault": "inventory-service:status=500" };
        const reply = await ask(platform.order, "/orders", { method: "POST", headers });
        assert.equal(reply.status, 502);
        assert.match(
            String(reply.body.error),
            /^payment-service answered 502: inventory-service answered 500: /,
        );
    });

    it("answers 502 where the payment service is away", async () => {
        await platform.servers["payment-service"].close();
        const reply = await ask(platform.order, "/orders", { method: "POST" });
        assert.equal(reply.status, 502);
        assert.match(String(reply.body.error), /^payment-service did not answer: .*ECONNREFUSED/);
    });

    it("passes on what the caller can change: sold out is 409, an unknown item 422", async () => {
        const post = (body: JsonObject): ReturnType<typeof ask> =>
            ask(platform.order, "/orders", { method: "POST", body });
        assert.equal((await post({ quantity: 11 })).status, 409);
        const unknown = await post({ item: "boat" });
        assert.equal(unknown.status, 422);
        assert.match(String(unknown.body.error), /no item "boat", known are book/);
        assert.equal((await post({ quantity: 10 })).status, 201);
        const soldOut = await post({ quantity: 1 });
        assert.match(String(soldOut.body.error), /Only 0 of "book" are left/);
        assert.deepEqual(await stockOf(), { book: 0 });
    });

    it("does an order once for an Idempotency-Key", async () => {
        const headers = { "idempotency-key": "k1" };
        const first = await ask(platform.order, "/orders", { method: "POST", headers });
        const second = await ask(platform.order, "/orders", { method: "POST", headers });
        assert.equal(second.status, 201);
        assert.deepEqual(second.body, { ...first.body, replayed: true });
        assert.equal(platform.events.published.length, 1);
        assert.equal(await sample(platform.payment, "/payments", "payments_processed_total"), 1);
    });

    it("charges once for an Idempotency-Key, also while the first try still runs", async () => {
        const headers = {
            "idempotency-key": "k2",
            "x-demo-fault": "inventory-service:delay=100ms",
        };
        const replies = await Promise.all(
            [1, 2, 3].map(() =>
                ask(platform.payment, "/payments/process", { method: "POST", headers }),
            ),
        );
        assert.deepEqual(replies.map((reply) => [reply.status, reply.body.replayed]).sort(), [
            [200, false],
            [200, true],
            [200, true],
        ]);
        assert.equal((await ask(platform.payment, "/payments")).body.processed, 1);
        const other = await ask(platform.payment, "/payments/process", {
            method: "POST",
            headers: { "idempotency-key": "k2" },
            body: { quantity: 3 },
        });
        assert.equal(other.status, 422);
    });

    it("charges as often as it is asked without a key, even where the answer was lost", async () => {
        const headers = { "x-demo-fault": "status=503,after" };
        for (const expected of [1, 2]) {
            const reply = await ask(platform.payment, "/payments/process", {
                method: "POST",
                headers,
            });
            assert.equal(reply.status, 503);
            assert.equal((await ask(platform.payment, "/payments")).body.processed, expected);
        }
    });

    it("tries again after a failure with the same key", async () => {
        const post = (fault: Record<string, string>): ReturnType<typeof ask> =>
            ask(platform.payment, "/payments/process", {
                method: "POST",
                headers: { "idempotency-key": "k3", ...fault },
            });
        const failed = await post({ "x-demo-fault": "inventory-service:status=503" });
        assert.equal(failed.status, 502);
        const done = await post({});
        assert.equal(done.status, 200);
        assert.equal(done.body.replayed, false);
    });

    it("reserves an order's units once and releases them", async () => {
        const body = { orderId: "o1", quantity: 4 };
        for (const method of ["POST", "PUT"]) {
            const reply = await ask(platform.inventory, "/inventory/reserve", { method, body });
            assert.equal(reply.status, 200);
            assert.equal(reply.body.replayed, method === "PUT");
        }
        assert.deepEqual(await stockOf(), { book: 6 });
        const other = { orderId: "o1", quantity: 5 };
        const conflict = await ask(platform.inventory, "/inventory/reserve", {
            method: "POST",
            body: other,
        });
        assert.equal(conflict.status, 409);
        const release = { method: "PUT", body: { orderId: "o1" } };
        assert.equal((await ask(platform.inventory, "/inventory/release", release)).status, 200);
        assert.equal((await ask(platform.inventory, "/inventory/release", release)).status, 409);
        assert.deepEqual(await stockOf(), { book: 10 });
    });

    it("tells whose client certificate it was shown", async () => {
        const headers = { "x-forwarded-client-cert": "By=spiffe://x;URI=spiffe://y" };
        const paid = await ask(platform.payment, "/payments/process", { method: "POST", headers });
        assert.equal(paid.body.callerCertificate, "By=spiffe://x;URI=spiffe://y");
        const ordered = await ask(platform.order, "/orders", { method: "POST", headers });
        assert.equal(ordered.body.callerCertificate, "By=spiffe://x;URI=spiffe://y");
        assert.equal(ordered.body.paymentCallerCertificate, null, "it is not passed on");
    });

    it("checks a probe along the whole chain and changes nothing", async () => {
        const headers = { "x-mesh-probe": "verify", "idempotency-key": "k4" };
        const reply = await ask(platform.order, "/orders", { method: "POST", headers });
        assert.equal(reply.status, 200);
        assert.equal(reply.body.probe, true);
        const payment = object(reply.body.payment);
        assert.equal(payment.probe, true);
        assert.equal(object(payment.inventory).probe, true);
        for (const path of ["/inventory/reserve", "/inventory/release"]) {
            const probed = await ask(platform.inventory, path, { method: "POST", headers });
            assert.deepEqual([probed.status, probed.body.probe], [200, true]);
        }
        assert.deepEqual(await stockOf(), { book: 10 });
        assert.equal((await ask(platform.payment, "/payments")).body.processed, 0);
        assert.equal((await ask(platform.order, "/orders")).body.total, 0);
        assert.deepEqual(platform.events.published, []);
        const real = { method: "POST", headers: { "idempotency-key": "k4" } };
        assert.equal((await ask(platform.order, "/orders", real)).body.replayed, false);
        const invalid = { method: "POST", headers, body: { quantity: 0 } };
        assert.equal((await ask(platform.order, "/orders", invalid)).status, 400);
    });

    it("keeps taking orders while the event server is away, and says so", async () => {
        platform.events.connected = false;
        const reply = await ask(platform.order, "/orders", { method: "POST" });
        assert.equal(reply.status, 201);
        assert.deepEqual(reply.body.event, {
            subject: "orders.created",
            published: false,
            reason: "away",
        });
        const health = await ask(platform.order, "/health");
        assert.equal(health.status, 200);
        assert.deepEqual(health.body.events, { connected: false, detail: "a fake" });
        assert.equal(await sample(platform.order, "/orders", "events_connected"), 0);
        assert.equal(await sample(platform.order, "/orders", "events_total", 'outcome="lost"'), 1);
        platform.events.connected = true;
        assert.equal(await sample(platform.order, "/orders", "events_connected"), 1);
    });

    it("passes the trace's context on and nothing else", async () => {
        const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        const headers = { traceparent, "x-request-id": "r1", authorization: "secret" };
        await ask(platform.order, "/orders", { method: "POST", headers });
        assert.deepEqual(
            platform.lines.map((line) => [line.service, line.traceId, line.requestId]),
            ["inventory-service", "payment-service", "order-service"].map((service) => [
                service,
                "4bf92f3577b34da6a3ce929d0e0e4736",
                "r1",
            ]),
        );
    });
});
