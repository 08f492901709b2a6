import { deepEqual } from "node:assert/strict";
import type { EnvoyRoute } from "#live/proxies/envoy-types.ts";
import { withCanary } from "#model/canary.ts";
import { changed, CLUSTER, compare, fields, retrying, right } from "./envoy-cart.ts";

const HEADER = { name: "X-Canary", value: "yes" };
const CANARY = CLUSTER.replace("|v1|", "|canary|");
const service = withCanary(retrying, {
    image: "example.org/image:2",
    weight: 0,
    header: HEADER,
});
const chosen = { name: "x-canary", string_match: { exact: "yes" } };
/** The service's routes once more, for requests with the header. */
const toCanary: readonly EnvoyRoute[] = right.map(({ match, ...route }) =>
    changed(
        {
            ...route,
            name: "to the canary",
            match: { ...match, headers: [...(match.headers ?? []), chosen] },
        },
        { cluster: CANARY },
    ),
);

describe("routes of a canary that a header chooses, as Envoy holds them", () => {
    for (const subject of ["timeouts", "retries", "faults"] as const) {
        it(`finds nothing wrong with the declared ${subject}`, () => {
            deepEqual(compare(subject, [...toCanary, ...right], service), []);
        });
    }

    it("notices that they come too late, or not at all", () => {
        for (const routes of [right, [...right, ...toCanary]]) {
            const found = fields(compare("timeouts", routes, service));
            deepEqual(found[0], `destination: ${CANARY} 100 %/${CLUSTER} 100 %`);
        }
    });

    it("notices that the requests of everybody go there", () => {
        const routes = [...toCanary, ...right.map((route) => changed(route, { cluster: CANARY }))];
        deepEqual(fields(compare("timeouts", routes, service)), [
            `destination: ${CLUSTER} 100 %/${CANARY} 100 %`,
        ]);
    });
});
