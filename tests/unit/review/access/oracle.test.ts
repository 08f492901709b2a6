import assert from "node:assert/strict";
import fc from "fast-check";
import { Difference } from "#review/access/difference.ts";
import { ALLOWED } from "#review/access/evaluate.ts";
import { sideOf } from "#review/access/sides.ts";
import { holds } from "#review/access/tests.ts";
import { knownCallers } from "#review/access/compare.ts";
import { workloadsOf } from "#review/workloads.ts";
import { subjectOf } from "../subject.ts";
import { isLetIn } from "./oracle.ts";
import type { Arrival, PolicySpec } from "./oracle.ts";
import { NAMESPACE, workload } from "./shop.ts";

const PEERS = ["shop/sa/order", "shop/sa/cart", "depot/sa/order", "depots/sa/x"].map(
    (rest) => `cluster.local/ns/${rest}`,
);

const VALUES = {
    principals: [...PEERS, "*", "cluster.local/ns/shop/*", "*/sa/order"],
    namespaces: ["shop", "depot", "depot*", "*"],
    methods: ["GET", "POST", "P*", "*"],
    paths: [
        "/a",
        "/a/*",
        "/a*",
        "/a/b",
        "/a/b/z",
        "*/z",
        "*",
        "/a/{*}/z",
        "/{*}",
        "/a/{**}",
        "/{*}/b",
    ],
    hosts: ["x.example", "X.example", "*.example", "x.*"],
    ports: ["8080", "9090"],
} as const;

const lists = (...fields: readonly (keyof typeof VALUES)[]) =>
    fc
        .record(
            Object.fromEntries(
                fields.flatMap((field) => {
                    const values = fc.uniqueArray(fc.constantFrom(...VALUES[field]), {
                        minLength: 1,
                        maxLength: 2,
                    });
                    const negative = `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;
                    return [
                        [field, values],
                        [negative, values],
                    ];
                }),
            ),
            { requiredKeys: [] },
        )
        .filter((record) => Object.keys(record).length > 0 && Object.keys(record).length < 4);

const headers = fc.uniqueArray(fc.constantFrom("v", "v*", "*w", "*"), {
    minLength: 1,
    maxLength: 2,
});

const rule = fc.record(
    {
        from: fc.array(fc.record({ source: lists("principals", "namespaces") }), {
            minLength: 1,
            maxLength: 2,
        }),
        to: fc.array(fc.record({ operation: lists("methods", "paths", "hosts", "ports") }), {
            minLength: 1,
            maxLength: 2,
        }),
        when: fc.array(
            fc
                .record(
                    {
                        key: fc.constant("request.headers[x-a]"),
                        values: headers,
                        notValues: headers,
                    },
                    { requiredKeys: ["key"] },
                )
                .filter((one) => one.values !== undefined || one.notValues !== undefined),
            { minLength: 1, maxLength: 1 },
        ),
    },
    { requiredKeys: [] },
);

const policies: fc.Arbitrary<PolicySpec[]> = fc.array(
    fc.record({
        action: fc.constantFrom("ALLOW" as const, "DENY" as const),
        rules: fc.array(rule, { minLength: 0, maxLength: 2 }),
    }),
    { maxLength: 3 },
);

const segment = fc.constantFrom("a", "b", "z", "ab", "");
const arrival: fc.Arbitrary<Arrival> = fc.record({
    peer: fc.constantFrom(undefined, ...PEERS, "cluster.local/ns/shop/sa/other"),
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "BREW"),
    path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
    host: fc.constantFrom("x.example", "y.example", "x.other", "other"),
    port: fc.constantFrom("8080", "9090", "7070"),
    header: fc.constantFrom(undefined, "v", "vw", "w", "u"),
});

function subjectWith(specs: readonly PolicySpec[]) {
    return subjectOf(
        NAMESPACE,
        workload("payment"),
        ...specs.map((spec, at) =>
            JSON.stringify({
                apiVersion: "security.istio.io/v1",
                kind: "AuthorizationPolicy",
                metadata: { name: `policy-${at}`, namespace: "shop" },
                spec,
            }),
        ),
    );
}

/** What an arrival is in each respect. */
function valueIn(key: string, { peer, method, path, host, port, header }: Arrival) {
    const values: Readonly<Record<string, string | undefined>> = {
        "source.principal": peer,
        method,
        path,
        host,
        "destination.port": port,
        "request.headers[x-a]": header,
    };
    return values[key];
}

/** The cell that an arrival belongs to in each respect; there must be one. */
function pointOf(difference: Difference, one: Arrival): readonly number[] {
    return difference.dimensions.map(({ key, cells, tests }) => {
        const value = valueIn(key, one);
        const place = cells.findIndex(({ values }) =>
            tests.every((own, side) =>
                own.every((test) => holds(test, values[side]) === holds(test, value)),
            ),
        );
        assert.notEqual(place, -1, `no cell of ${key} is like ${String(value)}`);
        return place;
    });
}

describe("The cells of who may call whom", () => {
    it("hold every request, and are judged as one request at a time is", () => {
        fc.assert(
            fc.property(
                policies,
                policies,
                fc.array(arrival, { minLength: 20, maxLength: 20 }),
                (before, after, arrivals) => {
                    const subjects = [subjectWith(after), subjectWith(before)] as const;
                    const [own, other] = subjects.map((subject) => {
                        const [only] = workloadsOf(subject).all;
                        assert.ok(only);
                        return sideOf(subject, only);
                    });
                    assert.ok(own && other);
                    const difference = new Difference(own, [other], knownCallers(...subjects));
                    for (const one of arrivals) {
                        const outcomes = difference.outcomes(pointOf(difference, one));
                        assert.deepStrictEqual(
                            outcomes.map((outcome) => outcome === ALLOWED),
                            [isLetIn(before, one), isLetIn(after, one)],
                            JSON.stringify(one),
                        );
                    }
                },
            ),
            { numRuns: 300 },
        );
    });
});
