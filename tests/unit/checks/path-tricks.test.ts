import assert from "node:assert/strict";
import { decodedOnce, pathTricks } from "#checks/path-tricks.ts";
import { leadsAstray } from "#checks/sections/authorization/tricks.ts";

const TARGETS = ["/orders/metrics", "/health"];
const SHAPES = [
    "/",
    "/orders",
    "/orders/mesh-probe",
    "/payments/process",
    "/api/v1/orders/mesh-probe",
];

describe("path tricks", () => {
    for (const path of SHAPES) {
        describe(`on ${path}`, () => {
            const tricks = pathTricks(path, TARGETS);

            it("are many, each once, and never the path itself", () => {
                assert.ok(tricks.length > 35, String(tricks.length));
                assert.equal(new Set(tricks).size, tricks.length);
                assert.ok(!tricks.includes(path));
            });

            it("are what a request line can carry", () => {
                for (const trick of tricks) {
                    assert.match(trick, /^\/[!-~]*$/);
                    assert.doesNotMatch(trick, /NaN/);
                }
            });

            it("lead out to every target, with every way to write a step up", () => {
                const depth = path.split("/").length - 1;
                for (const way of ["/..", "/%2e%2e", "/..;"]) {
                    for (const target of TARGETS) {
                        assert.ok(tricks.includes(`${path}${way.repeat(depth)}${target}`), way);
                    }
                }
                assert.ok(tricks.includes(`${path}${"%2F..".repeat(depth)}%2Fhealth`));
            });
        });
    }

    it("write the last slash in every way", () => {
        const tricks = pathTricks("/payments/process", []);
        for (const trick of [
            "//payments/process",
            "/payments//process",
            "/payments/./process",
            "/payments/elsewhere/../process",
            "/payments/%2e/process",
            "/payments%2Fprocess",
            "/payments%5Cprocess",
            "/payments\\process",
            "/payments%252Fprocess",
            "/payments;x=1/process",
            "/payments/%70rocess",
            "/payments/PROCESS",
            "/PAYMENTS/PROCESS",
            "/payments/process;x=1",
            "/payments/process%00",
            "/payments/process?x=1",
        ]) {
            assert.ok(tricks.includes(trick), trick);
        }
    });

    it("of one segment have no slash inside", () => {
        const tricks = pathTricks("/orders", []);
        for (const trick of ["//orders", "/./orders", "/%2Forders", "/%6frders", "/ORDERS"]) {
            assert.ok(tricks.includes(trick), trick);
        }
    });
});

describe("where a trick arrives", () => {
    const exact = [{ methods: ["POST"], paths: ["/payments/process"] }] as const;
    const wildcard = [{ methods: ["POST"], paths: ["/orders/*"] }] as const;

    it("may be the declared path, with any query", () => {
        for (const path of ["/payments/process", "/payments/process?x=/../health"]) {
            assert.equal(leadsAstray(exact, { method: "POST", path }), false, path);
        }
        for (const path of ["/orders/1", "/orders/1/2?x", "/orders/A;x=1", "/orders/%"]) {
            assert.equal(leadsAstray(wildcard, { method: "POST", path }), false, path);
        }
    });

    it("is astray for every other path", () => {
        for (const path of [
            "/payments/process/",
            "/payments/PROCESS",
            "/payments/%70rocess",
            "/health",
        ]) {
            assert.equal(leadsAstray(exact, { method: "POST", path }), true, path);
        }
        assert.equal(leadsAstray(exact, { method: "GET", path: "/payments/process" }), true);
    });

    it("is astray where a wildcard allows it to the letter and decoding leads out", () => {
        for (const path of [
            "/orders/../health",
            "/orders/..%2Fhealth",
            "/orders/%2e%2e%5Chealth",
        ]) {
            assert.equal(leadsAstray(wildcard, { method: "POST", path }), true, path);
        }
    });

    it("is decoded once", () => {
        assert.deepEqual(
            ["/a/%2e%2e/b", "/a%2F..%2Fb", "/a\\..\\b", "/a/%252e%252e/b", "/a/./b/", "/a/%zz"].map(
                decodedOnce,
            ),
            ["/b", "/b", "/b", "/a/%2e%2e/b", "/a/b/", "/a/%zz"],
        );
    });
});
