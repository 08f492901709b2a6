import { request } from "node:http";
import type { Agent } from "node:http";
import type { EventPublisher, Publication } from "#demo/events.ts";
import type { DemoServer, ServerOptions } from "#demo/http.ts";
import { isJsonObject } from "#demo/input.ts";
import type { JsonObject } from "#demo/input.ts";
import { createInventoryService } from "#demo/inventory-service.ts";
import type { ServiceName } from "#demo/names.ts";
import { createOrderService } from "#demo/order-service.ts";
import { createPaymentService } from "#demo/payment-service.ts";

/** A publisher that remembers what it was given and fails when it is told to. */
interface FakeEvents extends EventPublisher {
    connected: boolean;
    closed: boolean;
    readonly published: { readonly subject: string; readonly event: JsonObject }[];
}

function fakeEvents(): FakeEvents {
    const fake: FakeEvents = {
        connected: true,
        closed: false,
        detail: "a fake",
        published: [],
        publish: (subject, event): Promise<Publication> => {
            if (!fake.connected) {
                return Promise.resolve({ published: false, reason: "away" });
            }
            fake.published.push({ subject, event });
            return Promise.resolve({ published: true });
        },
        close: () => {
            fake.closed = true;
            return Promise.resolve();
        },
    };
    return fake;
}

export interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly text: string;
    readonly body: JsonObject;
}

export interface Ask {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** An object is sent as JSON, a text as it is. */
    readonly body?: JsonObject | string;
    readonly signal?: AbortSignal;
    /** Whose connection is used. Default: one of its own. */
    readonly agent?: Agent;
}

/** One real HTTP request to a service on this machine. */
export function ask(port: number, path: string, options: Ask = {}): Promise<Reply> {
    const { method = "GET", headers = {}, body, signal, agent = false } = options;
    return new Promise((resolve, reject) => {
        const call = request(
            {
                host: "127.0.0.1",
                port,
                path,
                method,
                headers,
                agent,
                ...(signal && { signal }),
            },
            (response) => {
                let text = "";
                response.setEncoding("utf8");
                response.on("data", (chunk: string) => (text += chunk));
                response.on("error", reject);
                response.on("end", () => {
                    const { statusCode = 0 } = response;
                    resolve({
                        status: statusCode,
                        headers: response.headers,
                        text,
                        body: json(text),
                    });
                });
            },
        );
        call.on("error", reject);
        call.end(typeof body === "object" ? JSON.stringify(body) : body);
    });
}

function json(text: string): JsonObject {
    try {
        const value: unknown = JSON.parse(text);
        return isJsonObject(value) ? value : {};
    } catch {
        return {};
    }
}

/** The three services on ports of their own, wired to each other. */
export interface Platform {
    readonly events: FakeEvents;
    readonly order: number;
    readonly payment: number;
    readonly inventory: number;
    /** Access lines of all services, in the order they were written. */
    readonly lines: JsonObject[];
    readonly servers: Readonly<Record<ServiceName, DemoServer>>;
    close(): Promise<void>;
}

export interface PlatformOptions {
    readonly order?: ServerOptions & { readonly paymentTimeoutMs?: number };
    readonly payment?: ServerOptions;
    readonly inventory?: ServerOptions;
    readonly stock?: Readonly<Record<string, number>>;
}

export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
    const events = fakeEvents();
    const lines: JsonObject[] = [];
    const log = (line: string): void => {
        lines.push(json(line));
    };
    const host = "127.0.0.1";
    const inventory = createInventoryService({
        log,
        ...options.inventory,
        stock: options.stock ?? { book: 10 },
    });
    const inventoryPort = await inventory.listen(0, host);
    const payment = createPaymentService({
        log,
        ...options.payment,
        inventoryUrl: `http://${host}:${inventoryPort}`,
    });
    const paymentPort = await payment.listen(0, host);
    const order = createOrderService({
        log,
        ...options.order,
        events,
        paymentUrl: `http://${host}:${paymentPort}`,
    });
    return {
        events,
        order: await order.listen(0, host),
        payment: paymentPort,
        inventory: inventoryPort,
        lines,
        servers: {
            "order-service": order,
            "payment-service": payment,
            "inventory-service": inventory,
        },
        close: async () => {
            await Promise.all([order.close(), payment.close(), inventory.close()]);
        },
    };
}

/** The value of one sample of a service's metrics, 0 where it has none; `labels` is the text in the braces. */
export async function sample(
    port: number,
    prefix: string,
    name: string,
    labels = "",
): Promise<number> {
    const { text } = await ask(port, `${prefix}/metrics`);
    const start = labels === "" ? `${name} ` : `${name}{${labels}} `;
    const line = text.split("\n").find((candidate) => candidate.startsWith(start));
    return Number(line?.slice(start.length) ?? 0);
}
