import { deepEqual, equal } from "node:assert/strict";
import { describe as inWords } from "#checks/sections/resilience/facts.ts";
import type { Treatment } from "#checks/sections/resilience/routes.ts";
import type { EnvoyRoute } from "#live/proxies/envoy-types.ts";
import type { ServiceIntent } from "#model/intents.ts";
import {
    byKey,
    byMethod,
    changed,
    CLUSTER,
    compare,
    fields,
    plain,
    rest,
    right,
    safe,
    SECOND,
    shared,
    unsafe,
} from "./envoy-cart.ts";

describe("routes as Envoy holds them", () => {
    for (const subject of ["timeouts", "retries", "faults"] as const) {
        it(`finds nothing wrong with the declared ${subject}`, () => {
            deepEqual(compare(subject, right), []);
            deepEqual(compare(subject, [{ match: { prefix: "/cart" }, route: shared }], plain), []);
        });
    }

    it("does not mind in how many routes it is said", () => {
        const either: EnvoyRoute[] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].map((method) => ({
            match: {
                path_separated_prefix: "/cart",
                headers: [{ name: ":method", string_match: { exact: method } }],
            },
            route: safe,
        }));
        deepEqual(compare("retries", [...either, byKey, rest]), []);
    });

    const wrong: readonly {
        readonly name: string;
        readonly subject: keyof Treatment;
        readonly routes: readonly EnvoyRoute[];
        readonly found: readonly string[];
        readonly service?: ServiceIntent;
    }[] = [
        {
            name: "another timeout",
            subject: "timeouts",
            routes: [changed(byMethod, { timeout: "61s" }), byKey, rest],
            found: ["timeout: 60s/61s"],
        },
        {
            name: "no limit",
            subject: "timeouts",
            routes: [byMethod, byKey, changed(rest, { timeout: "0s" })],
            found: ["timeout: 60s/none"],
        },
        {
            name: "another version",
            subject: "timeouts",
            routes: [byMethod, byKey, changed(rest, { cluster: SECOND })],
            found: [`destination: ${CLUSTER} 100 %/${SECOND} 100 %`],
        },
        {
            name: "another weight",
            subject: "timeouts",
            service: plain,
            routes: [
                {
                    match: { prefix: "/cart" },
                    route: {
                        ...shared,
                        weighted_clusters: {
                            clusters: [
                                { name: CLUSTER, weight: 60 },
                                { name: SECOND, weight: 40 },
                            ],
                        },
                    },
                },
            ],
            found: [
                `destination: ${CLUSTER} 70 % + ${SECOND} 30 %/${CLUSTER} 60 % + ${SECOND} 40 %`,
            ],
        },
        {
            name: "a route for fewer requests",
            subject: "timeouts",
            routes: [byMethod, byKey],
            found: [`destination: ${CLUSTER} 100 %/no route`, "timeout: 60s/none"],
        },
        {
            name: "a route that nothing declares",
            subject: "timeouts",
            routes: [{ name: "extra", match: { path: "/cart/1" }, route: unsafe }, ...right],
            found: ["route: none/extra"],
        },
        {
            name: "a match that is not understood",
            subject: "timeouts",
            routes: [byMethod, byKey, { ...rest, match: { ...rest.match, ...{ grpc: {} } } }],
            found: [
                `destination: ${CLUSTER} 100 %/no route`,
                "timeout: 60s/none",
                "route: none/rest",
            ],
        },
        {
            name: "another number of retries",
            subject: "retries",
            routes: [
                changed(byMethod, { retry_policy: { ...safe.retry_policy, num_retries: 3 } }),
                byKey,
                rest,
            ],
            found: ["retries: 2/3"],
        },
        {
            name: "another time for each try",
            subject: "retries",
            routes: [
                byMethod,
                changed(byKey, { retry_policy: { ...safe.retry_policy, per_try_timeout: "1s" } }),
                rest,
            ],
            found: ["timeout of each try: 500ms/1s"],
        },
        {
            name: "another condition",
            subject: "retries",
            routes: [
                byMethod,
                byKey,
                changed(rest, { retry_policy: { retry_on: "5xx,reset", num_retries: 2 } }),
            ],
            found: ["retry on: connect-failure,refused-stream/5xx,reset"],
        },
        {
            name: "retries of what declares none",
            subject: "retries",
            service: plain,
            routes: [
                {
                    match: { prefix: "/cart" },
                    route: { ...shared, retry_policy: { retry_on: "connect-failure" } },
                },
            ],
            found: ["retries: none/1", "retry on: none/connect-failure"],
        },
    ];
    for (const { name, subject, routes, found, service } of wrong) {
        it(`finds ${name}`, () => {
            deepEqual(fields(compare(subject, routes, service)), found);
        });
    }

    it("takes an empty idempotency key for none", () => {
        const present = {
            match: { prefix: "/cart", headers: [{ name: "idempotency-key", present_match: true }] },
            route: safe,
        };
        const found = compare("retries", [byMethod, present, rest]);
        deepEqual(
            [...new Set(found.map(({ subject }) => subject))],
            ["/cart with an empty Idempotency-Key"],
        );
    });

    it("leaves alone what the proxy answers itself", () => {
        deepEqual(compare("timeouts", [{ match: { path: "/cart/metrics" } }, ...right]), []);
    });

    it("says methods together", () => {
        const found = compare("timeouts", [byMethod, byKey, changed(rest, { timeout: "3s" })]);
        equal(
            inWords(found).seen,
            "timeout (POST|PATCH /cart with an empty Idempotency-Key, POST|PATCH /cart) = 3s",
        );
    });
});
