import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { catalog } from "#services/catalog.ts";
import { loadMeshConfig } from "#stack/config.ts";
import type { Project } from "#stack/project.ts";
import { readStackConfig } from "#stack/project.ts";

const DEPLOYERS = '{"groups":["a4co:mesh-deployers"]}';
const NAMESPACES = "allowed: mesh:, kubernetes:, pulumi:, random:";

/** Keys of a stack beside what prod has to say, and what is said about them. */
const STRAY: readonly (readonly [Readonly<Record<string, string>>, ...string[]])[] = [
    [
        { "MESH:environment": "dev" },
        `MESH:environment: nobody reads namespace "MESH"; ${NAMESPACES}`,
    ],
    [
        { "meshh:environment": "dev" },
        `meshh:environment: nobody reads namespace "meshh"; ${NAMESPACES}`,
    ],
    [
        { " mesh:environment": "dev" },
        ` mesh:environment: nobody reads namespace " mesh"; ${NAMESPACES}`,
    ],
    [{ environment: "dev" }, `environment: nobody reads namespace ""; ${NAMESPACES}`],
    [
        { "__proto__:size": "small" },
        `__proto__:size: nobody reads namespace "__proto__"; ${NAMESPACES}`,
    ],
    [{ "mesh:replicas": '{"__proto__":1}' }, "mesh:replicas.__proto__: there is no such key"],
    [
        {
            "mesh:faults":
                '{"order-service":{"delay":{"__proto__":{},"fixedDelay":"1s","percent":1}}}',
        },
        "mesh:faults.order-service.delay.__proto__: there is no such key; allowed: fixedDelay, percent",
    ],
    [
        { "mesh:replicas": '{"constructor":2}' },
        "mesh:replicas.constructor: there is no such service; allowed: order-service, payment-service, inventory-service",
    ],
];

describe("a stack's keys that nobody would read", () => {
    for (const [keys, ...problems] of STRAY) {
        it(`are refused: ${JSON.stringify(keys)}`, () => {
            assert.throws(
                () => loadMeshConfig({ "mesh:deployers": DEPLOYERS, ...keys }, catalog),
                (error) => {
                    assert.ok(RunError.isInstance(error), String(error));
                    assert.deepEqual(error.message.split("\n  ").slice(1), problems);
                    return true;
                },
            );
        });
    }

    it("are refused where they are a property of every object", () => {
        for (const name of ["__proto__", "constructor", "toString"]) {
            assert.throws(
                () =>
                    loadMeshConfig(
                        { "mesh:deployers": DEPLOYERS, [`mesh:${name}`]: "{}" },
                        catalog,
                    ),
                (error: Error) => error.message.includes(`\n  mesh:${name}: there is no such key`),
                name,
            );
        }
    });

    it("are none of the engine's and the providers'", () => {
        const { environment } = loadMeshConfig(
            {
                "mesh:deployers": DEPLOYERS,
                "kubernetes:context": "here",
                "pulumi:disable-default-providers": '["*"]',
            },
            catalog,
        );
        assert.equal(environment, "prod");
    });
});

/** Texts of a stack's file, and what is said about them after the file's name. */
const FILES: readonly (readonly [string, string])[] = [
    ...["", "# nothing\n", "config:\n", "config: {}\n", "{}\n", "encryptionsalt: v1:abc\n"].map(
        (text) =>
            [
                text,
                " says nothing of the stack; config is missing, with mesh:environment and whatever else has no default.",
            ] as const,
    ),
    [
        "configg:\n    mesh:environment: dev\n",
        ": nobody reads configg; allowed: config, secretsprovider, encryptedkey, encryptionsalt.",
    ],
    [
        "config:\n    mesh:size: small\n__proto__: {}\n",
        ": nobody reads __proto__; allowed: config, secretsprovider, encryptedkey, encryptionsalt.",
    ],
    [
        "environment: dev\nconfig:\n    mesh:size: small\n",
        ": nobody reads environment (an environment of Pulumi ESC is known to the CLI alone; the stack's own is mesh:environment, below config); allowed: config, secretsprovider, encryptedkey, encryptionsalt.",
    ],
    ["config:\n    __proto__: dev\n", ": config: there is no key __proto__."],
    ["- config\n", " is not a stack's config: the file is no map."],
    ["config: dev\n", " is not a stack's config: config is no map."],
];

describe("a stack's file", () => {
    let directory: string;
    let project: Project;

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "a4co-mesh-stray-"));
        project = { name: "mesh", directory, declarations: {}, raw: {} };
    });

    after(() => rm(directory, { recursive: true }));

    for (const [text, message] of FILES) {
        it(`is refused: ${JSON.stringify(text)}`, async () => {
            const file = join(directory, "Pulumi.any.yaml");
            await writeFile(file, text);
            await assert.rejects(readStackConfig(project, "any"), {
                name: "EnvironmentError",
                message: `${file}${message}`,
            });
        });
    }
});
