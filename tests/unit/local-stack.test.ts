import { strict as assert } from "node:assert";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { localConfig } from "../../cli/local-stack.ts";
import { EnvironmentError } from "../../local/errors.ts";

const root = path.join(import.meta.dirname, "../..");

describe("the local stack's configuration", () => {
    it("is this checkout's", async () => {
        const { environment, stockEnvoy } = await localConfig();
        assert.deepEqual({ environment, stockEnvoy }, { environment: "dev", stockEnvoy: true });
    });

    it("is the user's to mend where it is not sound", async () => {
        const directory = await mkdtemp(path.join(tmpdir(), "a4co-mesh-stack-"));
        try {
            await copyFile(path.join(root, "Pulumi.yaml"), path.join(directory, "Pulumi.yaml"));
            await writeFile(
                path.join(directory, "Pulumi.local.yaml"),
                "config:\n    mesh:environment: dev\n    mesh:samplingPercent: 200\n",
            );
            await assert.rejects(
                localConfig(path.join(directory, "index.ts")),
                new EnvironmentError(
                    "Stack local: the stack's configuration is not sound (1 problem); nothing was changed\n  mesh:samplingPercent: 200 is not allowed; allowed: a number: 0, or 0.0001 to 100",
                ),
            );
        } finally {
            await rm(directory, { recursive: true });
        }
    });
});
