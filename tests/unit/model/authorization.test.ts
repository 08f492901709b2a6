import assert from "node:assert/strict";
import fc from "fast-check";
import {
    allowPolicyName,
    allowPolicySpec,
    callGraph,
    edgesFrom,
    edgesTo,
} from "#model/authorization.ts";
import type { Catalog } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { catalogProblems } from "#model/problems.ts";
import { METHODS } from "#model/requests.ts";
import { anyCatalog, PATHS } from "./arbitrary.ts";
import { OTHER } from "./context.ts";
import { allowed, declared } from "./interpreter.ts";

function holds(property: (catalog: Catalog) => void): void {
    fc.assert(fc.property(anyCatalog, property), { numRuns: 150 });
}

/** Spelt out, not derived: the derivation is what is tested. */
function principal(caller: string): string {
    return caller === INGRESS_GATEWAY
        ? "shop.internal/ns/mesh-system/sa/istio-ingressgateway"
        : `shop.internal/ns/shop/sa/${caller}`;
}

describe("who may call whom, in any sound catalogue", () => {
    it("there is no problem (the generator makes sound ones)", () => {
        holds((catalog) => {
            assert.deepEqual(catalogProblems(catalog), []);
        });
    });

    it("the principals of a service's policies are its declared callers, one policy each", () => {
        holds((catalog) => {
            const edges = callGraph(catalog, OTHER);
            for (const callee of [...catalog.services, ...catalog.backing]) {
                const principals = edges
                    .map((edge) => allowPolicySpec(edge, OTHER))
                    .filter(({ selector }) => selector?.matchLabels?.["app"] === callee.name)
                    .flatMap(({ rules = [] }) => rules)
                    .flatMap(({ from = [] }) => from)
                    .flatMap(({ source }) => source?.principals ?? ["anybody"]);
                const callers =
                    callee.protocol === "http"
                        ? Object.keys(callee.callers)
                        : catalog.services
                              .filter(({ backing }) => backing.includes(callee.name))
                              .map(({ name }) => name);
                assert.deepEqual(principals.sort(), callers.map(principal).sort());
            }
            const names = edges.map(allowPolicyName);
            assert.equal(new Set(names).size, names.length, "two policies have one name");
        });
    });

    it("a call is let in exactly where it is declared", () => {
        const call = fc.record({
            method: fc.constantFrom(...METHODS, "TRACE"),
            path: fc.constantFrom(...PATHS, "/a/b/c/d", "/a/", "/A", "/metrics", "/health"),
            port: fc.constantFrom(3000, 4222, 15020),
        });
        fc.assert(
            fc.property(anyCatalog, fc.array(call, { maxLength: 10 }), (catalog, calls) => {
                const policies = callGraph(catalog, OTHER).map((edge) =>
                    allowPolicySpec(edge, OTHER),
                );
                const names = [...catalog.services, ...catalog.backing].map(({ name }) => name);
                for (const callee of names) {
                    for (const caller of [INGRESS_GATEWAY, ...names, "stranger"]) {
                        for (const each of calls) {
                            const made = { ...each, callee, principal: principal(caller) };
                            assert.equal(
                                allowed(made, policies),
                                declared(caller, made, catalog),
                                `${caller} ${JSON.stringify(made)}`,
                            );
                        }
                    }
                }
            }),
            { numRuns: 150 },
        );
    });

    it("the catalogue is read once, however many of its services ask who calls them and whom they call", () => {
        holds(({ services, backing }) => {
            let reads = 0;
            const read = <Part>(part: Part): Part => {
                reads += 1;
                return part;
            };
            const catalog: Catalog = {
                get services() {
                    return read(services);
                },
                get backing() {
                    return read(backing);
                },
            };
            const asked = callGraph(catalog, OTHER).length;
            const first = reads;
            assert.ok(first > 0);
            const names = [...services, ...backing].map(({ name }) => name);
            const to = names.flatMap((name) => edgesTo(name, catalog, OTHER));
            const from = [...names, INGRESS_GATEWAY].flatMap((name) => edgesFrom(name, catalog));
            assert.deepEqual([to.length, from.length, reads], [asked, asked, first]);
        });
    });

    it("nobody of another namespace or trust domain is let in", () => {
        holds((catalog) => {
            const policies = callGraph(catalog, OTHER).map((edge) => allowPolicySpec(edge, OTHER));
            for (const { name, callers, port } of catalog.services) {
                for (const [caller, permissions = []] of Object.entries(callers)) {
                    for (const { methods, paths } of permissions) {
                        for (const foreign of [
                            `${OTHER.trustDomain}/ns/default/sa/${caller}`,
                            `elsewhere/ns/${OTHER.namespace}/sa/${caller}`,
                            "*",
                            "",
                        ]) {
                            const path = paths[0].replace("*", "x");
                            const made = {
                                principal: foreign,
                                callee: name,
                                method: methods[0],
                                path,
                                port,
                            };
                            assert.equal(allowed(made, policies), false, JSON.stringify(made));
                        }
                    }
                }
            }
        });
    });
});
