import assert from "node:assert/strict";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createInventoryService } from "#demo/inventory-service.ts";
import { ask, sample, startPlatform } from "./platform.ts";
import type { Platform, PlatformOptions } from "./platform.ts";

describe("demo server", () => {
    let platform: Platform | undefined;
    const start = async (options: PlatformOptions = {}): Promise<Platform> => {
        platform = await startPlatform(options);
        return platform;
    };
    afterEach(async () => {
        await platform?.close();
        platform = undefined;
    });

    it("answers health and metrics", async () => {
        const { order, payment, inventory } = await start();
        for (const [port, prefix] of [
            [order, "/orders"],
            [payment, "/payments"],
            [inventory, "/inventory"],
        ] as const) {
            assert.equal((await ask(port, "/health")).status, 200);
            await ask(port, prefix);
            const metrics = await ask(port, `${prefix}/metrics`);
            assert.match(String(metrics.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
            const labels = `method="GET",route="${prefix}",status="200"`;
            assert.ok(metrics.text.includes(`http_requests_total{${labels}} 1\n`));
            assert.ok(metrics.text.includes(`http_request_duration_seconds_count{${labels}} 1\n`));
            assert.match(metrics.text, /^nodejs_version_info/m);
        }
    });

    it("refuses what it does not serve, with one sentence", async () => {
        const { order, payment } = await start();
        const cases = [
            [order, "/", {}, 404],
            [order, "/orders/", {}, 404],
            [order, "/payments", {}, 404],
            [order, "/orders", { method: "DELETE" }, 405],
            [order, "/health", { method: "POST" }, 405],
            [payment, "/payments/process", {}, 405],
            [order, "/orders", { method: "POST", body: "{" }, 400],
            [order, "/orders", { method: "POST", body: "[1]" }, 400],
            [order, "/orders", { method: "POST", body: { quantity: "two" } }, 400],
            [order, "/orders", { method: "POST", body: { quantity: 1.5 } }, 400],
            [order, "/orders", { method: "POST", body: { item: "a b" } }, 400],
            [order, "/orders", { headers: { "x-demo-fault": "slow" } }, 400],
        ] as const;
        for (const [port, path, options, status] of cases) {
            const reply = await ask(port, path, options);
            assert.equal(reply.status, status, `${path} ${JSON.stringify(options)}`);
            assert.match(String(reply.body.error), /^[^\n]+\.$/);
        }
        const wrong = await ask(order, "/orders", { method: "DELETE" });
        assert.equal(wrong.headers.allow, "GET, POST");
        assert.equal(await sample(order, "/orders", "orders_processed_total"), 0);
        const unmatched = 'method="GET",route="unmatched",status="404"';
        assert.equal(await sample(order, "/orders", "http_requests_total", unmatched), 3);
    });

    it("answers HEAD like GET without a body", async () => {
        const { order } = await start();
        const reply = await ask(order, "/orders", { method: "HEAD" });
        assert.deepEqual([reply.status, reply.text], [200, ""]);
    });

    it("refuses a body of more than 64 KiB, announced or not", async () => {
        const { order } = await start();
        const body = JSON.stringify({ item: "x".repeat(70_000) });
        const announced = { "content-length": String(body.length) };
        const chunked = { "transfer-encoding": "chunked" };
        for (const headers of [announced, chunked]) {
            const reply = await ask(order, "/orders", { method: "POST", headers, body });
            assert.equal(reply.status, 413);
        }
        const most = JSON.stringify({ item: "book" }).padEnd(65_536, " ");
        assert.equal((await ask(order, "/orders", { method: "POST", body: most })).status, 201);
    });

    it("is slow and fails on request, at the service that is named", async () => {
        const { order, lines } = await start();
        const headers = {
            "x-demo-fault": "inventory-service:delay=120ms;payment-service:delay=80ms",
        };
        const began = performance.now();
        const reply = await ask(order, "/orders", { method: "POST", headers });
        const took = performance.now() - began;
        assert.equal(reply.status, 201);
        assert.ok(took >= 195, `took ${took} ms`);
        assert.equal(lines.filter((line) => line.fault !== undefined).length, 2);
    });

    it("spares the share of requests it is told to", async () => {
        let drawn = 0;
        const { order } = await start({ order: { random: () => [0.1, 0.6][drawn++ % 2] ?? 0 } });
        const headers = { "x-demo-fault": "status=418,share=50" };
        const statuses: number[] = [];
        for (let i = 0; i < 4; i++) {
            statuses.push((await ask(order, "/orders", { headers })).status);
        }
        assert.deepEqual(statuses, [418, 200, 418, 200]);
    });

    it("fails as a replica for good, except for its health, and the header comes first", async () => {
        const { order, payment } = await start({ payment: { fault: "status=503" } });
        assert.equal((await ask(order, "/orders", { method: "POST" })).status, 502);
        assert.equal((await ask(payment, "/health")).status, 200);
        assert.equal((await ask(payment, "/payments/metrics")).status, 200);
        const headers = { "x-demo-fault": "payment-service:delay=1ms" };
        assert.equal((await ask(order, "/orders", { method: "POST", headers })).status, 201);
    });

    it("hangs as a replica until its caller gives up", async () => {
        const { order, payment } = await start({
            payment: { fault: "hang" },
            order: { paymentTimeoutMs: 150 },
        });
        const reply = await ask(order, "/orders", { method: "POST" });
        assert.equal(reply.status, 502);
        assert.equal(reply.body.error, "payment-service did not answer: no answer within 150 ms.");
        assert.equal((await ask(payment, "/health")).status, 200);
        const left = 'method="POST",route="/payments/process",status="499"';
        assert.equal(await sample(payment, "/payments", "http_requests_total", left), 1);
    });

    it("closes a connection that was idle when the next request comes, and no other", async () => {
        const { inventory } = await start({ inventory: { fault: "idle=150ms" } });
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const again = (): ReturnType<typeof ask> => ask(inventory, "/inventory", { agent });
        assert.equal((await again()).status, 200);
        assert.equal((await again()).status, 200);
        await sleep(200);
        await assert.rejects(again(), /socket hang up|ECONNRESET/);
        assert.equal((await again()).status, 200);
        const cut = 'method="GET",route="/inventory",status="499"';
        assert.equal(await sample(inventory, "/inventory", "http_requests_total", cut), 1);
        agent.destroy();
    });

    it("refuses to start with a fault it cannot read", () => {
        assert.throws(() => createInventoryService({ fault: "slow" }), /contains "slow"/);
    });

    it("lets requests in flight finish, accepts no more and closes the events", async () => {
        const { order, servers, events } = await start();
        const headers = { "x-demo-fault": "delay=250ms" };
        const inFlight = ask(order, "/orders", { method: "POST", headers });
        await sleep(80);
        const closing = servers["order-service"].close();
        await assert.rejects(ask(order, "/health"), /ECONNREFUSED/);
        assert.equal(events.closed, false);
        const reply = await inFlight;
        assert.deepEqual([reply.status, reply.headers.connection], [201, "close"]);
        await closing;
        assert.equal(events.closed, true);
        assert.equal(events.published.length, 1);
    });

    it("ends at once although a request hangs", async () => {
        const { payment, servers } = await start({ payment: { fault: "hang" } });
        const hanging = assert.rejects(ask(payment, "/payments"), /ECONNRESET|socket hang up/);
        await sleep(80);
        const began = performance.now();
        await servers["payment-service"].close();
        await hanging;
        assert.ok(performance.now() - began < 1_000);
    });

    it("cuts off what does not finish within the grace time", async () => {
        const { order, servers } = await start({ order: { graceMs: 100 } });
        const headers = { "x-demo-fault": "delay=2s" };
        const cut = assert.rejects(ask(order, "/orders", { headers }), /ECONNRESET|socket hang up/);
        await sleep(80);
        await servers["order-service"].close();
        await cut;
    });
});
