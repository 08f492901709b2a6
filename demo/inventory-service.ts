import { Counter } from "prom-client";
import { createDemoServer } from "./http.ts";
import type { DemoServer, ServerOptions } from "./http.ts";
import { countField, HttpError, textField } from "./input.ts";
import { RequestMetrics } from "./metrics.ts";
import type { Call, Route } from "./routing.ts";

/** Units of each item that an inventory starts with. */
export const DEFAULT_STOCK: Readonly<Record<string, number>> = {
    book: 100_000,
    lamp: 100_000,
    chair: 100_000,
};

/** Most units one reservation can hold. */
export const MAX_QUANTITY = 1_000;

/** What an inventory starts with. */
export interface InventoryOptions extends ServerOptions {
    /** Units by item. Default: {@link DEFAULT_STOCK}. */
    readonly stock?: Readonly<Record<string, number>>;
}

/** Units that are set aside for one order. */
interface Reservation {
    readonly orderId: string;
    readonly item: string;
    readonly quantity: number;
}

/**
 * The service that holds the stock: `/inventory/reserve` sets units aside for an order, once however often it is
 * asked, `/inventory/release` gives them back, `GET /inventory` tells what is left.
 */
export function createInventoryService(options: InventoryOptions = {}): DemoServer {
    const stock = new Map(Object.entries(options.stock ?? DEFAULT_STOCK));
    const reservations = new Map<string, Reservation>();
    const metrics = new RequestMetrics();
    const processed = new Counter({
        name: "inventory_processed_total",
        help: "Reservations made and released, without repetitions and probes.",
        labelNames: ["operation"] as const,
        registers: [metrics.registry],
    });

    /** Checks the order and returns it with the units that are there. */
    const wanted = (call: Call): { readonly order: Reservation; readonly available: number } => {
        const order = {
            orderId: textField(call.body, "orderId", `order-${crypto.randomUUID()}`),
            item: textField(call.body, "item", "book"),
            quantity: countField(call.body, "quantity", 1, MAX_QUANTITY),
        };
        const available = stock.get(order.item);
        if (available === undefined) {
            const known = [...stock.keys()].join(", ");
            throw new HttpError(422, `There is no item "${order.item}", known are ${known}.`);
        }
        return { order, available };
    };

    const reserve = (call: Call): { reservation: Reservation; replayed: boolean } => {
        const { order, available } = wanted(call);
        const held = reservations.get(order.orderId);
        if (held !== undefined) {
            if (held.item !== order.item || held.quantity !== order.quantity) {
                throw new HttpError(409, `${order.orderId} already holds another reservation.`);
            }
            return { reservation: held, replayed: true };
        }
        if (available < order.quantity) {
            throw new HttpError(409, `Only ${available} of "${order.item}" are left.`);
        }
        stock.set(order.item, available - order.quantity);
        reservations.set(order.orderId, order);
        processed.inc({ operation: "reserve" });
        return { reservation: order, replayed: false };
    };

    const release = (call: Call): Reservation => {
        const orderId = textField(call.body, "orderId");
        const held = reservations.get(orderId);
        if (held === undefined) {
            throw new HttpError(409, `${orderId} holds no reservation.`);
        }
        reservations.delete(orderId);
        stock.set(held.item, (stock.get(held.item) ?? 0) + held.quantity);
        processed.inc({ operation: "release" });
        return held;
    };

    const changes = (["POST", "PUT"] as const).flatMap((method): Route[] => [
        {
            method,
            path: "/inventory/reserve",
            handle: (call) => ({
                status: 200,
                body: { ...reserve(call), callerCertificate: call.callerCertificate },
            }),
            probe: (call) => ({ would: "reserve", item: wanted(call).order.item }),
        },
        {
            method,
            path: "/inventory/release",
            handle: (call) => ({
                status: 200,
                body: { released: release(call), callerCertificate: call.callerCertificate },
            }),
            probe: (call) => ({
                would: "release",
                orderId: textField(call.body, "orderId", "any"),
            }),
        },
    ]);
    const list: Route = {
        method: "GET",
        path: "/inventory",
        handle: () => ({
            status: 200,
            body: { stock: Object.fromEntries(stock), reservations: reservations.size },
        }),
    };
    return createDemoServer(
        { name: "inventory-service", prefix: "/inventory", routes: [list, ...changes], metrics },
        options,
    );
}
