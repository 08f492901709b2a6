import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVICE_NAMES } from "#demo/names.ts";
import type { ServiceName } from "#demo/names.ts";
import { bundleService } from "#local/images/bundle.ts";
import { ask } from "../demo/platform.ts";

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
}

interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

function start(
    path: string,
    env: Readonly<Record<string, string>>,
): {
    readonly listening: Promise<unknown>;
    readonly ended: Promise<Ended>;
    readonly end: () => void;
} {
    const child = spawn(process.execPath, [path], {
        env: { ...env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return {
        listening: once(child.stdout, "data"),
        ended: once(child, "close").then(() => ({ code: child.exitCode, stdout, stderr })),
        end: () => child.kill("SIGTERM"),
    };
}

describe("demo bundles", () => {
    const previous = process.env.XDG_CACHE_HOME;
    const paths = new Map<ServiceName, string>();
    let cache = "";

    before(async () => {
        cache = await mkdtemp(join(tmpdir(), "demo-bundles-"));
        process.env.XDG_CACHE_HOME = cache;
        for (const name of SERVICE_NAMES) {
            paths.set(name, (await bundleService(name)).path);
        }
    });
    after(async () => {
        if (previous === undefined) {
            delete process.env.XDG_CACHE_HOME;
        } else {
            process.env.XDG_CACHE_HOME = previous;
        }
        await rm(cache, { recursive: true });
    });
    const pathOf = (name: ServiceName): string => paths.get(name) ?? "";

    it("are the same bytes each time, named by their hash, and tell no path of the machine", async () => {
        const { path, hash } = await bundleService("order-service");
        assert.equal(path, pathOf("order-service"));
        const content = await readFile(path);
        assert.equal(createHash("sha256").update(content).digest("hex"), hash);
        assert.ok(path.includes(hash));
        assert.ok(!content.includes(process.cwd()));
    });

    it("run with Node alone, find each other by environment and end on SIGTERM", async () => {
        const ports = await Promise.all(SERVICE_NAMES.map(freePort));
        const [order = 0, payment = 0, inventory = 0] = ports;
        const environments: Readonly<Record<ServiceName, Record<string, string>>> = {
            "order-service": {
                PORT: String(order),
                PAYMENT_URL: `http://127.0.0.1:${payment}`,
                NATS_URL: "nats://127.0.0.1:1",
            },
            "payment-service": {
                PORT: String(payment),
                INVENTORY_URL: `http://127.0.0.1:${inventory}`,
            },
            "inventory-service": { PORT: String(inventory), STOCK: "book=3" },
        };
        const running = SERVICE_NAMES.map((name) => start(pathOf(name), environments[name]));
        try {
            await Promise.all(running.map((service) => service.listening));
            const reply = await ask(order, "/orders", { method: "POST", body: { quantity: 3 } });
            assert.equal(reply.status, 201);
            const event = reply.body.event as { published: boolean };
            assert.equal(event.published, false);
            const { stock } = (await ask(inventory, "/inventory")).body;
            assert.deepEqual(stock, { book: 0 });
        } finally {
            running.forEach((service) => {
                service.end();
            });
        }
        for (const { code, stdout, stderr } of await Promise.all(running.map((one) => one.ended))) {
            assert.deepEqual([code, stderr], [0, ""]);
            for (const line of stdout.trimEnd().split("\n")) {
                assert.doesNotThrow(() => void JSON.parse(line), line);
            }
        }
    });

    const mistakes: readonly (readonly [ServiceName, Record<string, string>, RegExp])[] = [
        ["order-service", { PORT: "http" }, /^PORT is "http", allowed is /],
        ["order-service", { PORT: "65536" }, /^PORT is "65536"/],
        ["order-service", { PAYMENT_URL: "payment" }, /^PAYMENT_URL is "payment"/],
        ["order-service", { NATS_URL: "http://nats:4222" }, /^NATS_URL is "http:/],
        ["payment-service", { INVENTORY_TIMEOUT: "10" }, /^INVENTORY_TIMEOUT is "10"/],
        ["payment-service", { DEMO_FAULT: "slow" }, /contains "slow"/],
        ["inventory-service", { STOCK: "book" }, /^STOCK is "book"/],
    ];
    for (const [name, env, message] of mistakes) {
        it(`${name} refuses ${JSON.stringify(env)} with one sentence and exit code 2`, async () => {
            const { code, stderr } = await start(pathOf(name), env).ended;
            assert.equal(code, 2);
            assert.match(stderr, message);
            assert.match(stderr, /^[^\n]+\.\n$/);
        });
    }
});
