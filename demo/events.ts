import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import type { JsonObject } from "./input.ts";

/** Whether an event reached the server, and if not, why. */
export type Publication =
    { readonly published: true } | { readonly published: false; readonly reason: string };

/** Where a service's events go. */
export interface EventPublisher {
    /** Never throws: an event that is lost is told in the result. */
    publish(subject: string, event: JsonObject): Promise<Publication>;
    readonly connected: boolean;
    /** The connection's state in a few words. */
    readonly detail: string;
    close(): Promise<void>;
}

/** The event server, and who hears of its connection. */
export interface NatsPublisherOptions {
    /** For example `nats://nats:4222`. */
    readonly url: string;
    /** Name under which the server lists the connection. */
    readonly name: string;
    /** Time between two tries to connect. Default 1000 ms. */
    readonly retryMs?: number;
    /** Time the server has to confirm that it read an event, and to accept a connection. Default 1000 ms. */
    readonly timeoutMs?: number;
    /** Called with every change of the connection. Default: nothing happens. */
    readonly onChange?: (connected: boolean, detail: string) => void;
}

/**
 * A publisher that connects to a NATS server in the background and tries again for as long as it lives. While
 * the server is away an event is dropped, not kept for later. One without confirmation may have arrived.
 */
export function createNatsPublisher(options: NatsPublisherOptions): EventPublisher {
    const { url, name, retryMs = 1_000, timeoutMs = 1_000 } = options;
    const ending = new AbortController();
    let connection: NatsConnection | undefined;
    let connected = false;
    let detail = `connecting to ${url}`;

    const change = (now: boolean, text: string): void => {
        const changed = now !== connected || text !== detail;
        connected = now;
        detail = text;
        if (changed) {
            options.onChange?.(connected, detail);
        }
    };

    /** Lives as long as one connection. The client's own reconnecting would keep events for later. */
    const live = async (): Promise<void> => {
        connection = await connect({
            servers: url,
            name,
            timeout: timeoutMs,
            reconnect: false,
            pingInterval: 10_000,
        });
        // Being accepted is not enough: a proxy may hold back what the client says. An answer proves it.
        await confirm(connection, timeoutMs);
        change(true, `connected to ${url}`);
        const error = await connection.closed();
        change(false, `disconnected from ${url}${error === undefined ? "" : `: ${error.message}`}`);
    };

    const keepAlive = async (): Promise<void> => {
        while (!ending.signal.aborted) {
            try {
                await live();
            } catch (error) {
                change(false, `cannot connect to ${url}: ${(error as Error).message}`);
                await connection?.close();
            }
            connection = undefined;
            await sleep(retryMs, undefined, { signal: ending.signal }).catch(() => undefined);
        }
    };
    const living = keepAlive();

    return {
        get connected() {
            return connected;
        },
        get detail() {
            return detail;
        },
        publish: async (subject, event) => {
            if (connection === undefined || !connected) {
                return { published: false, reason: detail };
            }
            try {
                connection.publish(subject, JSON.stringify(event));
                await confirm(connection, timeoutMs);
                return { published: true };
            } catch (error) {
                // A server that does not answer is left, and the loop above looks for it anew.
                void connection.close();
                return { published: false, reason: (error as Error).message };
            }
        },
        close: async () => {
            ending.abort();
            await connection?.close();
            await living;
        },
    };
}

/** Waits for the server's answer to a PING, which it gives after it read everything sent before. */
async function confirm(connection: NatsConnection, timeoutMs: number): Promise<void> {
    const late = new AbortController();
    try {
        await Promise.race([
            connection.flush(),
            sleep(timeoutMs, undefined, { signal: late.signal }).then(() => {
                throw new Error(`no confirmation within ${timeoutMs} ms`);
            }),
        ]);
    } finally {
        late.abort();
    }
}
