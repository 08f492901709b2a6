import { deepEqual } from "node:assert/strict";
import type { EnvoyRoute } from "#live/proxies/envoy-types.ts";
import type { FaultIntent } from "#model/routing.ts";
import { compare, fields, retrying, right, unsafe } from "./envoy-cart.ts";

describe("faults as Envoy holds them", () => {
    const declared: FaultIntent = {
        delay: { fixedDelay: "5s", percent: 0.1 },
        abort: { httpStatus: 500, percent: 0.01 },
    };
    const held = {
        delay: {
            fixed_delay: "5s",
            percentage: { numerator: 1000, denominator: "MILLION" as const },
        },
        abort: {
            http_status: 500,
            percentage: { numerator: 100, denominator: "MILLION" as const },
        },
    };
    const withFault = (fault: object): EnvoyRoute[] =>
        right.map((route) => ({
            ...route,
            typed_per_filter_config: { "envoy.filters.http.fault": fault },
        }));

    it("accepts the one that is declared", () => {
        deepEqual(compare("faults", withFault(held), retrying, declared), []);
    });

    it("finds one that is not declared", () => {
        deepEqual(fields(compare("faults", withFault(held))), [
            "delay: none/5s for 0.1 %",
            "abort: none/500 for 0.01 %",
        ]);
    });

    it("finds one that is declared and not there", () => {
        deepEqual(fields(compare("faults", right, retrying, declared)), [
            "delay: 5s for 0.1 %/none",
            "abort: 500 for 0.01 %/none",
        ]);
    });

    it("finds another delay, status or share", () => {
        const other = {
            delay: { ...held.delay, fixed_delay: "6s" },
            abort: { http_status: 503, percentage: { numerator: 1 } },
        };
        deepEqual(fields(compare("faults", withFault(other), retrying, declared)), [
            "delay: 5s for 0.1 %/6s for 0.1 %",
            "abort: 500 for 0.01 %/503 for 1 %",
        ]);
    });

    it("finds one on a route that nothing declares", () => {
        const extra: EnvoyRoute = {
            match: { prefix: "/cart", headers: [{ name: "x-chaos", present_match: true }] },
            route: unsafe,
            typed_per_filter_config: { "envoy.filters.http.fault": { abort: held.abort } },
        };
        deepEqual(fields(compare("faults", [extra, ...right])), ["abort: none/500 for 0.01 %"]);
    });
});
