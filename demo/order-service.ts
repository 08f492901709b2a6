import { Counter, Gauge } from "prom-client";
import type { EventPublisher } from "./events.ts";
import { createDemoServer } from "./http.ts";
import type { DemoServer, ServerOptions } from "./http.ts";
import { IdempotencyStore, idFor } from "./idempotency.ts";
import { countField, textField } from "./input.ts";
import type { JsonObject } from "./input.ts";
import { MAX_QUANTITY } from "./inventory-service.ts";
import { Ledger } from "./ledger.ts";
import { RequestMetrics } from "./metrics.ts";
import type { Call } from "./routing.ts";
import { createUpstream } from "./upstream.ts";

/** Who is paid, and where orders are told. */
export interface OrderOptions extends ServerOptions {
    /** Where events go; closed with the service. */
    readonly events: EventPublisher;
    /** Base URL of the payment service. Default `http://payment-service:3006`. */
    readonly paymentUrl?: string;
    /** Default 20000 ms: a mesh's own timeout comes first. */
    readonly paymentTimeoutMs?: number;
}

/** Subject of the event that tells of a new order. */
const ORDERS_CREATED = "orders.created";

/**
 * The service that takes orders: `POST /orders` has the order paid, tells of it on `orders.created` and answers
 * 201, once for an `Idempotency-Key`; `GET /orders` lists the latest orders. An order whose payment fails does
 * not exist. An event that is lost fails no order: the answer, `/health` and the metrics tell of it.
 */
export function createOrderService(options: OrderOptions): DemoServer {
    const { events } = options;
    const payment = createUpstream({
        name: "payment-service",
        url: options.paymentUrl ?? "http://payment-service:3006",
        timeoutMs: options.paymentTimeoutMs ?? 20_000,
    });
    const orders = new Ledger();
    const store = new IdempotencyStore();
    const metrics = new RequestMetrics();
    const registers = [metrics.registry];
    const processed = new Counter({
        name: "orders_processed_total",
        help: "Orders created, without replays and probes.",
        registers,
    });
    const published = new Counter({
        name: "events_total",
        help: "Events by outcome: published or lost.",
        labelNames: ["outcome"] as const,
        registers,
    });
    const connected = new Gauge({
        name: "events_connected",
        help: "1 while the event server is connected, otherwise 0.",
        registers,
        collect: () => {
            connected.set(events.connected ? 1 : 0);
        },
    });

    const orderOf = (call: Call): { orderId: string; item: string; quantity: number } => ({
        orderId: idFor("order", call.idempotencyKey),
        item: textField(call.body, "item", "book"),
        quantity: countField(call.body, "quantity", 1, MAX_QUANTITY),
    });

    const create = async (call: Call): Promise<JsonObject> => {
        const wanted = orderOf(call);
        const paid = await payment.ask("/payments/process", wanted, call.passedOn);
        const { orderId, item, quantity } = wanted;
        const order = { id: orderId, item, quantity, time: new Date().toISOString() };
        processed.inc();
        orders.add(order);
        const publication = await events.publish(ORDERS_CREATED, { order, payment: paid.payment });
        published.inc({ outcome: publication.published ? "published" : "lost" });
        return {
            order,
            payment: paid.payment,
            reservation: paid.reservation,
            paymentCallerCertificate: paid.callerCertificate ?? null,
            event: { subject: ORDERS_CREATED, ...publication },
        };
    };

    return createDemoServer(
        {
            name: "order-service",
            prefix: "/orders",
            metrics,
            routes: [
                {
                    method: "GET",
                    path: "/orders",
                    handle: () => ({
                        status: 200,
                        body: { orders: orders.latest, total: orders.total },
                    }),
                },
                {
                    method: "POST",
                    path: "/orders",
                    handle: async (call) => {
                        const done = await store.once(call.idempotencyKey, call.body, () =>
                            create(call),
                        );
                        const { callerCertificate } = call;
                        return {
                            status: 201,
                            body: { ...done.result, replayed: done.replayed, callerCertificate },
                        };
                    },
                    probe: async (call) => ({
                        payment: await payment.ask(
                            "/payments/process",
                            orderOf(call),
                            call.passedOn,
                        ),
                    }),
                },
            ],
            health: () => ({ events: { connected: events.connected, detail: events.detail } }),
            stop: async () => {
                payment.close();
                await events.close();
            },
        },
        options,
    );
}
