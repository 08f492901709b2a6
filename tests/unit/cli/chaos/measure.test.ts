import assert from "node:assert/strict";
import { flagsOf, statisticsOf, within } from "#cli/chaos/phases.ts";
import { measuredRequest, rehearsedRequest } from "#cli/chaos/traffic.ts";
import { catalog } from "#services/catalog.ts";
import { inventory } from "#services/inventory.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";

describe("how the caller's requests are made", () => {
    it("through the gateway by a request that goes on to the service and changes nothing", () => {
        const measured = { from: "outside", entry: order, method: "POST", path: "/orders" };
        for (const [caller, service] of [
            ["ingress-gateway", order],
            ["order-service", payment],
            ["payment-service", inventory],
        ] as const) {
            assert.deepEqual(measuredRequest({ caller, service }, catalog), measured);
        }
    });

    it("to a rehearsal by the caller itself, with a request that is not tried again in secret", () => {
        assert.deepEqual(rehearsedRequest({ caller: "payment-service", service: inventory }), {
            from: "caller",
            entry: inventory,
            method: "POST",
            path: "/inventory/reserve",
        });
        const careless = { ...inventory, honoursProbeHeader: false };
        assert.equal(rehearsedRequest({ caller: "payment-service", service: careless }), undefined);
    });

    it("not at all where no exposed service leads there", () => {
        const hidden = { ...order, callers: {} };
        const services = [hidden, payment, inventory];
        assert.equal(
            measuredRequest(
                { caller: "order-service", service: payment },
                { services, backing: [] },
            ),
            undefined,
        );
        const forgetful = { ...order, honoursProbeHeader: false };
        assert.equal(
            measuredRequest(
                { caller: "order-service", service: payment },
                { services: [forgetful, payment, inventory], backing: [] },
            ),
            undefined,
        );
    });
});

describe("the statistics of a phase", () => {
    it("count by when a request was made, and take percentiles that were measured", () => {
        const answers = Array.from({ length: 100 }, (_, index) => ({
            at: index,
            milliseconds: index + 1,
            ...(index === 99 ? { error: "TIMEOUT" } : { status: index < 90 ? 201 : 503 }),
        }));
        const { requests, succeeded, p50, p95, max, statuses } = statisticsOf(answers);
        assert.deepEqual([requests, succeeded, p50, p95, max], [100, 90, 50, 95, 100]);
        assert.deepEqual(statuses, { 201: 90, 503: 9, none: 1 });
        assert.equal(within(answers, { from: 10, to: 20 }).length, 10);
        assert.equal(statisticsOf([]).max, 0);
    });

    it("count each of a line's flags", () => {
        const line = { at: 0, milliseconds: 5, status: 503, flags: "URX,UF" };
        assert.deepEqual(flagsOf([line, line, { ...line, flags: "-" }]), { URX: 2, UF: 2 });
    });
});
