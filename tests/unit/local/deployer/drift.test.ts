import { deepStrictEqual } from "node:assert/strict";
import type { LiveObject, ManagedFields } from "#live/kubernetes/objects.ts";
import { differingPaths, isDeclared, laidOver } from "#live/kubernetes/declared.ts";
import { describePath, foreignFields, without } from "#local/deployer/managed-fields.ts";

const OURS = "pulumi-kubernetes-1a2b3c4d";

function deployment(...managedFields: readonly ManagedFields[]): LiveObject {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: {
            name: "order",
            annotations: { "example.com/note": "x", "sidecar.istio.io/inject": "false" },
            managedFields,
        },
        spec: {
            paused: true,
            template: {
                metadata: {
                    annotations: { note: "x", "traffic.sidecar.istio.io/excludeInboundPorts": "1" },
                },
                spec: {
                    containers: [
                        { name: "order", image: "b" },
                        { name: "extra", image: "c" },
                    ],
                },
            },
        },
        status: { replicas: 1 },
    };
}

/** Places of others in a Deployment whose only other writer is `manager`. */
function found(fields: unknown, entry: Partial<ManagedFields> = {}): string[] {
    const own = { "f:spec": { "f:template": { "f:spec": { "f:containers": item("order") } } } };
    const live = deployment(
        { manager: OURS, fieldsV1: own },
        { manager: "kubectl-patch", fieldsV1: fields, ...entry },
    );
    return foreignFields(live).map(({ path }) => describePath(path));
}

function item(name: string): object {
    return { [`k:{"name":"${name}"}`]: { ".": {}, "f:image": {}, "f:name": {} } };
}

describe("fields that others wrote", () => {
    it("are named by their place, an added item as a whole", () => {
        const containers = { "f:containers": item("extra") };
        const spec = { "f:paused": {}, "f:template": { "f:spec": containers } };
        deepStrictEqual(found({ "f:spec": spec }), [
            "spec.paused",
            "spec.template.spec.containers[1]",
        ]);
    });

    it("are not those that both wrote, nor those that are gone again", () => {
        const containers = { "f:containers": item("order") };
        const spec = { "f:minReadySeconds": {}, "f:template": { "f:spec": containers } };
        deepStrictEqual(found({ "f:spec": spec }), []);
    });

    it("are left to whoever needs an annotation, unless the mesh obeys it", () => {
        const notes = { "f:example.com/note": {}, "f:sidecar.istio.io/inject": {} };
        deepStrictEqual(found({ "f:metadata": { "f:annotations": notes } }), [
            'metadata.annotations["sidecar.istio.io/inject"]',
        ]);
        const whole = { "f:template": { "f:metadata": { "f:annotations": { ".": {} } } } };
        deepStrictEqual(found({ "f:spec": whole }), [
            'spec.template.metadata.annotations["traffic.sidecar.istio.io/excludeInboundPorts"]',
        ]);
    });

    it("are not a status, a finalizer or what istiod writes into its webhooks", () => {
        deepStrictEqual(found({ "f:status": { "f:replicas": {} } }), []);
        deepStrictEqual(
            found({ "f:spec": { "f:paused": {} } }, { manager: "pilot-discovery" }),
            [],
        );
        deepStrictEqual(found({ "f:spec": { "f:paused": {} } }, { subresource: "status" }), []);
    });

    it("are taken away together, whatever their order in a list", () => {
        deepStrictEqual(
            without({ a: [1, 2, 3], b: { c: 1, d: 2 } }, [
                ["a", 0],
                ["b", "c"],
                ["a", 2],
            ]),
            { a: [2], b: { d: 2 } },
        );
    });
});

describe("a declared object beside the live one", () => {
    const same: readonly (readonly [string, unknown, unknown])[] = [
        ["defaults that were filled in", { a: 1 }, { a: 1, b: 2 }],
        ["what says nothing", { a: null, b: "", c: {}, d: [] }, {}],
        [
            "another spelling of a quantity",
            { cpu: "0.5", memory: "1024Mi" },
            { cpu: "500m", memory: "1Gi" },
        ],
        ["a port as a text", { port: "80" }, { port: 80 }],
        [
            "an item in front",
            { list: [{ name: "a", v: 1 }] },
            { list: [{ name: "z" }, { name: "a", v: 1 }] },
        ],
        [
            "a name that a list has twice",
            {
                list: [
                    { name: "a", v: 1 },
                    { name: "a", v: 2 },
                ],
            },
            {
                list: [
                    { name: "a", v: 1 },
                    { name: "a", v: 2 },
                ],
            },
        ],
    ];
    for (const [what, declared, live] of same) {
        it(`is the same with ${what}`, () => {
            deepStrictEqual(differingPaths(declared, live), []);
        });
    }

    const different: readonly (readonly [string, unknown, unknown, string])[] = [
        ["another value", { a: { b: 1 } }, { a: { b: 2 } }, "a.b"],
        ["another quantity", { a: "1Gi" }, { a: "1G" }, "a"],
        ["a field that is gone", { a: { b: true } }, { a: {} }, "a.b"],
        ["an item that is gone", { list: [1, 2] }, { list: [1] }, "list"],
        [
            "a changed item",
            { list: [{ name: "a", v: 1 }] },
            { list: [{ name: "a", v: 2 }] },
            "list[0].v",
        ],
        [
            "the second item of a name",
            { list: [{ name: "a" }, { name: "a", v: 2 }] },
            { list: [{ name: "a" }, { name: "a", v: 3 }] },
            "list[1].v",
        ],
    ];
    for (const [what, declared, live, path] of different) {
        it(`differs by ${what}`, () => {
            deepStrictEqual(differingPaths(declared, live).map(describePath), [path]);
        });
    }

    it("knows an item of a list by its name, wherever it stands", () => {
        const declared = { list: [{ name: "a", v: 1 }] };
        const live = { list: [{ name: "z" }, { name: "a", v: 1, w: 2 }] };
        deepStrictEqual(
            [
                ["list", 0],
                ["list", 1],
                ["list", 1, "v"],
                ["list", 1, "w"],
            ].map((path) => isDeclared(declared, live, path)),
            [false, true, true, false],
        );
    });

    it("can be laid over it, what was not declared kept", () => {
        const live = {
            apiVersion: "v1",
            kind: "X",
            metadata: { name: "x", uid: "1" },
            a: [{ name: "p", v: 1, nodePort: 3 }],
        };
        const declared = {
            apiVersion: "v1",
            kind: "X",
            metadata: { name: "x" },
            a: [{ name: "p", v: 2 }],
        };
        deepStrictEqual(laidOver(declared, live), {
            ...live,
            a: [{ name: "p", v: 2, nodePort: 3 }],
        });
    });
});
