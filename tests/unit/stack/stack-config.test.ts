import { strict as assert } from "node:assert";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { stackConfig } from "#stack/read-stack.ts";

const root = join(import.meta.dirname, "../../..");

describe("a stack's configuration", () => {
    it("is this checkout's", async () => {
        const { environment, stockEnvoy } = await stackConfig("local");
        assert.deepEqual({ environment, stockEnvoy }, { environment: "dev", stockEnvoy: true });
    });

    it("is any stack's, with values replaced", async () => {
        const { environment, namespace } = await stackConfig("prod", {
            replaced: { "mesh:namespace": "shop" },
        });
        assert.deepEqual({ environment, namespace }, { environment: "prod", namespace: "shop" });
    });

    it("is the user's to mend where the stack has none, or a replaced value is not allowed", async () => {
        await assert.rejects(stackConfig("bogus"), {
            name: "EnvironmentError",
            message: /^There is no .*Pulumi\.bogus\.yaml\.$/,
        });
        await assert.rejects(stackConfig("prod", { replaced: { "mesh:namespace": "No/Such" } }), {
            name: "EnvironmentError",
            message: /mesh:namespace: "No\/Such" is not allowed/,
        });
    });

    it("is the user's to mend where it is not sound", async () => {
        const directory = await mkdtemp(join(tmpdir(), "a4co-mesh-stack-"));
        try {
            await copyFile(join(root, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
            await writeFile(
                join(directory, "Pulumi.local.yaml"),
                "config:\n    mesh:environment: dev\n    mesh:samplingPercent: 200\n",
            );
            await assert.rejects(
                stackConfig("local", { program: join(directory, "index.ts") }),
                new EnvironmentError(
                    "Stack local: the stack's configuration is not sound (1 problem); nothing was changed\n  mesh:samplingPercent: 200 is not allowed; allowed: a number: 0, or 0.0001 to 100",
                ),
            );
        } finally {
            await rm(directory, { recursive: true });
        }
    });
});
