import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi/errors.js";
import fc from "fast-check";
import { MODELS } from "#components/istio.ts";
import { adviceFor } from "#model/advice.ts";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { portLevelMtlsSpec } from "#model/baseline.ts";
import { defineBackingService, defineService } from "#model/catalog.ts";
import { backingDestinationRuleSpec, destinationRuleSpec } from "#model/destination-rule.ts";
import { environmentOf } from "#model/environment.ts";
import type { Catalog } from "#model/intents.ts";
import type { IstioKind } from "#model/istio-kinds.ts";
import { backingSidecarSpec, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { loadMeshConfig } from "#stack/config.ts";
import { anyCatalog } from "../model/arbitrary.ts";
import { CONTEXT } from "../model/context.ts";

/** Values that somebody may write, or that a slip makes. */
const anyValue = fc.oneof(
    fc.constantFrom<unknown>(
        ...[undefined, null, "", 0, -1, 1, 100, 1e9, NaN, 2 ** 31, true, [], {}, [null], "*", "/"],
        ...["/*", "//", "/a/", "/metrics", "1s", "0s", "1.5ms", "v1", "nats", "constructor", "GET"],
        ...["default", "a".repeat(300), "ingress-gateway", "alpha", "PORT", "x:y@sha256:z"],
        () => 1,
        Symbol("s"),
        1n,
        new Map(),
        Object.create({ inherited: 1 }),
        new Proxy({}, { ownKeys: () => ["a", "a"] }),
        Proxy.revocable({}, {}).proxy,
    ),
    fc.string(),
    fc.double(),
    fc.anything({ withNullPrototype: true }),
);

/** Everywhere in a value where something could stand instead. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return [path, ...inner.flatMap(([key, field]) => placesIn(field, [...path, key]))];
}

function replaced(value: unknown, [step, ...rest]: readonly string[], by: unknown): unknown {
    if (step === undefined) {
        return by;
    }
    if (Array.isArray(value)) {
        return value.map((item: unknown, index) =>
            String(index) === step ? replaced(item, rest, by) : item,
        );
    }
    const fields = value as Readonly<Record<string, unknown>>;
    return { ...fields, [step]: replaced(fields[step], rest, by) };
}

/** A sound catalogue with something else in one place, or a key more. */
const anyChange = anyCatalog.chain((catalog) =>
    fc
        .tuple(
            fc.constantFrom(...placesIn(catalog)),
            anyValue,
            fc.option(fc.constantFrom("timeout", "constructor", "hosts", "env", "0"), { freq: 3 }),
        )
        .map(([path, value, key]) =>
            replaced(catalog, key === null ? path : [...path, key], value),
        ),
);

/** Everything that the program makes of a catalogue for Istio, held against Istio's schemas. */
function render(catalog: Catalog): void {
    const held = (kind: IstioKind, name: string, spec: object): void => {
        const metadata = { name, namespace: CONTEXT.namespace };
        new MODELS[kind]({ metadata, spec } as never).validate();
    };
    for (const service of catalog.services) {
        held("VirtualService", service.name, virtualServiceSpec(service, CONTEXT));
        held("DestinationRule", service.name, destinationRuleSpec(service, CONTEXT));
        held("Sidecar", service.name, sidecarSpec(service, catalog, CONTEXT));
        held("PeerAuthentication", service.name, portLevelMtlsSpec(service));
        for (const value of Object.values(environmentOf(service, catalog, CONTEXT))) {
            assert.equal(typeof value, "string");
        }
        assert.ok(Array.isArray(adviceFor(service, service.replicas)));
    }
    for (const service of catalog.backing) {
        held("DestinationRule", service.name, backingDestinationRuleSpec(service, CONTEXT));
        held("Sidecar", service.name, backingSidecarSpec(service, CONTEXT));
    }
    for (const edge of callGraph(catalog, CONTEXT)) {
        held("AuthorizationPolicy", allowPolicyName(edge), allowPolicySpec(edge, CONTEXT));
    }
}

describe("whatever a catalogue holds", () => {
    it("is either told in sentences or rendered as Istio takes it, and never a TypeError", () => {
        let taken = 0;
        fc.assert(
            fc.property(anyChange, (declared) => {
                const catalog = declared as Catalog;
                try {
                    loadMeshConfig({ "mesh:environment": "dev" }, catalog);
                } catch (error) {
                    assert.ok(RunError.isInstance(error), String(error));
                    const lines = error.message.split("\n").slice(1);
                    for (const line of lines) {
                        assert.match(line, /^ {2}[^\p{C}]{1,600}$/u);
                    }
                    assert.ok(lines.length > 0 && lines.length <= 51);
                    return;
                }
                taken += 1;
                render(catalog);
            }),
            { numRuns: 200 },
        );
        assert.ok(taken > 5, `${taken} were taken`);
    });

    it("is declared without a word, so that everything is said at once", () => {
        fc.assert(
            fc.property(anyValue, (value) => {
                defineService(value as never);
                defineBackingService(value as never);
            }),
            { numRuns: 300 },
        );
    });
});
