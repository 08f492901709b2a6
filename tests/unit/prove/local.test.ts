import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { assertLocal } from "#prove/local.ts";

const SERVER = "https://127.0.0.1:16443";

function kubeConfig(server: string, caData: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
        { name: "a", server, caData, skipTLSVerify: false },
        { name: "u" },
    );
    return config;
}

describe("which cluster may be made weaker", () => {
    let folder: string;
    let local: string;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "prove-"));
        local = join(folder, "kubeconfig");
        await writeFile(local, kubeConfig(SERVER, "b3du").exportConfig());
    });

    after(() => rm(folder, { recursive: true }));

    it("the local one", async () => {
        await assertLocal(kubeConfig(SERVER, "b3du"), local);
    });

    const refused = {
        "one at another address": kubeConfig("https://prod.example:6443", "b3du"),
        "another one at the same address": kubeConfig(SERVER, "b3RoZXI="),
        "none at all": new KubeConfig(),
    };
    for (const [name, config] of Object.entries(refused)) {
        it(`not ${name}`, async () => {
            await assert.rejects(
                assertLocal(config, local),
                (error) =>
                    error instanceof EnvironmentError && error.message.startsWith("--prove makes"),
            );
        });
    }

    it("not where there is no local cluster", async () => {
        await assert.rejects(
            assertLocal(kubeConfig(SERVER, "b3du"), join(folder, "missing")),
            EnvironmentError,
        );
    });
});
