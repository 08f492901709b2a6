import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createNatsPublisher } from "#demo/events.ts";
import type { EventPublisher } from "#demo/events.ts";

const INFO = { server_id: "S", version: "2.15.2", proto: 1, headers: true, max_payload: 1_048_576 };

/** The server's side of the NATS protocol as far as a publisher sees it. */
class NatsDouble {
    /** False: it greets and then says nothing more, like a proxy that refuses the client. */
    answers = true;
    readonly received: string[] = [];
    readonly #sockets = new Set<Socket>();
    #server: Server | undefined;

    async listen(port = 0): Promise<number> {
        const server = createServer((socket) => {
            this.#sockets.add(socket);
            socket.on("error", () => undefined);
            socket.on("data", (data) => {
                this.#read(socket, data.toString());
            });
            socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
        });
        this.#server = server;
        server.listen(port, "127.0.0.1");
        await once(server, "listening");
        return (server.address() as AddressInfo).port;
    }

    #read(socket: Socket, text: string): void {
        if (!this.answers) {
            return;
        }
        for (const line of text.split("\r\n")) {
            if (line === "PING") {
                socket.write("PONG\r\n");
            } else if (line.startsWith("PUB ") || line.startsWith("{")) {
                this.received.push(line);
            }
        }
    }

    async close(): Promise<void> {
        for (const socket of this.#sockets) {
            socket.destroy();
        }
        const server = this.#server;
        if (server?.listening === true) {
            server.close();
            await once(server, "close");
        }
    }
}

async function until(holds: () => boolean): Promise<void> {
    const end = performance.now() + 5_000;
    while (!holds()) {
        assert.ok(performance.now() < end, "not within five seconds");
        await sleep(10);
    }
}

describe("demo events", () => {
    let nats: NatsDouble;
    let publisher: EventPublisher | undefined;
    const changes: boolean[] = [];
    const connectTo = (port: number): EventPublisher => {
        changes.length = 0;
        publisher = createNatsPublisher({
            url: `nats://127.0.0.1:${port}`,
            name: "test",
            retryMs: 20,
            timeoutMs: 150,
            onChange: (connected) => changes.push(connected),
        });
        return publisher;
    };
    beforeEach(() => {
        nats = new NatsDouble();
    });
    afterEach(async () => {
        await publisher?.close();
        await nats.close();
    });

    it("are published and confirmed", async () => {
        const events = connectTo(await nats.listen());
        await until(() => events.connected);
        assert.deepEqual(await events.publish("orders.created", { id: 1 }), { published: true });
        assert.deepEqual(nats.received, ["PUB orders.created 8", '{"id":1}']);
    });

    it("are lost with a reason while the server is away, and it is found again", async () => {
        const port = await nats.listen();
        const events = connectTo(port);
        await until(() => events.connected);
        await nats.close();
        await until(() => !events.connected);
        const lost = await events.publish("orders.created", { id: 2 });
        assert.equal(lost.published, false);
        await nats.listen(port);
        await until(() => events.connected);
        assert.deepEqual(await events.publish("orders.created", { id: 3 }), { published: true });
        assert.ok(!nats.received.includes('{"id":2}'));
        assert.deepEqual([changes.at(0), changes.at(-1)], [true, true]);
        assert.ok(changes.includes(false));
    });

    it("do not count as connected to a server that only greets", async () => {
        nats.answers = false;
        const events = connectTo(await nats.listen());
        await until(() => events.detail.startsWith("cannot connect"));
        assert.equal((await events.publish("orders.created", {})).published, false);
        assert.ok(!changes.includes(true));
        nats.answers = true;
        await until(() => events.connected);
    });

    it("leave a server that stopped answering", async () => {
        const events = connectTo(await nats.listen());
        await until(() => events.connected);
        nats.answers = false;
        assert.deepEqual(await events.publish("orders.created", {}), {
            published: false,
            reason: "no confirmation within 150 ms",
        });
        await until(() => !events.connected);
    });

    it("end their connection for good", async () => {
        const port = await nats.listen();
        const events = connectTo(port);
        await until(() => events.connected);
        await events.close();
        assert.equal(events.connected, false);
        assert.equal((await events.publish("orders.created", {})).published, false);
    });
});
