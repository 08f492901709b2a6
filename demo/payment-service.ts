import { Counter } from "prom-client";
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

/** Where stock is reserved. */
export interface PaymentOptions extends ServerOptions {
    /** Base URL of the inventory. Default `http://inventory-service:3005`. */
    readonly inventoryUrl?: string;
    /** Default 10000 ms: a mesh's own timeout comes first. */
    readonly inventoryTimeoutMs?: number;
}

/** Price of one unit in cents where the request names no amount. */
const UNIT_PRICE = 1_900;

/**
 * The service that charges: `POST /payments/process` reserves the units at the inventory, then charges, once for
 * an `Idempotency-Key`; `GET /payments` lists the latest charges and tells how many there were.
 */
export function createPaymentService(options: PaymentOptions = {}): DemoServer {
    const inventory = createUpstream({
        name: "inventory-service",
        url: options.inventoryUrl ?? "http://inventory-service:3005",
        timeoutMs: options.inventoryTimeoutMs ?? 10_000,
    });
    const payments = new Ledger();
    const store = new IdempotencyStore();
    const metrics = new RequestMetrics();
    const processed = new Counter({
        name: "payments_processed_total",
        help: "Payments charged, without replays and probes.",
        registers: [metrics.registry],
    });
    const replayed = new Counter({
        name: "payments_replayed_total",
        help: "Payments answered from the stored result of their idempotency key.",
        registers: [metrics.registry],
    });

    const orderOf = (call: Call): { orderId: string; item: string; quantity: number } => ({
        orderId: textField(call.body, "orderId", idFor("order", call.idempotencyKey)),
        item: textField(call.body, "item", "book"),
        quantity: countField(call.body, "quantity", 1, MAX_QUANTITY),
    });
    const amountOf = (call: Call, quantity: number): number =>
        countField(call.body, "amount", quantity * UNIT_PRICE, 1_000_000_000);

    const charge = async (call: Call): Promise<JsonObject> => {
        const order = orderOf(call);
        const amount = amountOf(call, order.quantity);
        const { reservation } = await inventory.ask("/inventory/reserve", order, call.passedOn);
        const payment = {
            id: idFor("payment", call.idempotencyKey),
            orderId: order.orderId,
            amount,
            currency: "EUR",
            time: new Date().toISOString(),
        };
        processed.inc();
        payments.add(payment);
        return { payment, reservation };
    };

    return createDemoServer(
        {
            name: "payment-service",
            prefix: "/payments",
            metrics,
            routes: [
                {
                    method: "GET",
                    path: "/payments",
                    handle: (call) => ({
                        status: 200,
                        body: {
                            payments: payments.latest,
                            processed: payments.total,
                            callerCertificate: call.callerCertificate,
                        },
                    }),
                },
                {
                    method: "POST",
                    path: "/payments/process",
                    handle: async (call) => {
                        const done = await store.once(call.idempotencyKey, call.body, () =>
                            charge(call),
                        );
                        if (done.replayed) {
                            replayed.inc();
                        }
                        const { callerCertificate } = call;
                        return {
                            status: 200,
                            body: { ...done.result, replayed: done.replayed, callerCertificate },
                        };
                    },
                    probe: async (call) => {
                        const order = orderOf(call);
                        amountOf(call, order.quantity);
                        return {
                            inventory: await inventory.ask(
                                "/inventory/reserve",
                                order,
                                call.passedOn,
                            ),
                        };
                    },
                },
            ],
            stop: () => {
                inventory.close();
            },
        },
        options,
    );
}
