import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { PROGRAM_PARTS, reservedNamespace, reservedWorkload } from "#model/reserved-names.ts";
import { catalog } from "#services/catalog.ts";
import { workloadsOf } from "#model/catalog.ts";

const RESERVED = [
    "baseline",
    "baseline-gateway",
    "constructor",
    "control",
    "default",
    "guard",
    "ingress-gateway",
    "istio-init",
    "istio-proxy",
    "istio-validation",
    "outsider",
    "platform",
    "platform-istiod",
    "stranger",
];
const FREE = ["order", "platforms", "defaults", "my-platform", "istio", "baseline2", "controller"];

describe("names that are somebody else's", () => {
    it("are those of nothing in a catalogue", () => {
        assert.deepEqual(
            RESERVED.filter((name) => reservedWorkload(name) === undefined),
            [],
        );
        assert.deepEqual(
            FREE.filter((name) => reservedWorkload(name) !== undefined),
            [],
        );
    });

    it("are those that the program gives to everything but its services", () => {
        const golden = readFileSync(new URL("../../golden/prod.yaml", import.meta.url), "utf8");
        const { resources } = parse(golden) as {
            readonly resources: readonly { readonly name: string; readonly parent?: string }[];
        };
        const services = workloadsOf(catalog).map(({ name }) => name);
        const parts = resources
            .filter(({ name, parent }) => parent === undefined && !services.includes(name))
            .map(({ name }) => name);
        assert.deepEqual(parts.sort(), [...PROGRAM_PARTS].sort());
    });

    it("are those of no namespace of a mesh", () => {
        for (const name of ["default", "kube-system", "kube-anything", "local-path-storage"]) {
            assert.notEqual(reservedNamespace(name), undefined, name);
        }
        for (const name of ["a4co", "kubernetes", "defaults", "istio-system"]) {
            assert.equal(reservedNamespace(name), undefined, name);
        }
    });
});
