import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { findTool, howToGet } from "#stack/tools/find.ts";

describe("a tool of somebody else's", () => {
    const { PATH, MESH_HELM } = process.env;
    let folder: string;
    let helm: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "find-tool-"));
        helm = join(folder, "helm");
        await writeFile(helm, "");
        await chmod(helm, 0o755);
        process.env["PATH"] = `${join(folder, "none")}::${folder}`;
        delete process.env["MESH_HELM"];
    });
    afterEach(async () => {
        process.env["PATH"] = PATH;
        if (MESH_HELM !== undefined) {
            process.env["MESH_HELM"] = MESH_HELM;
        } else {
            delete process.env["MESH_HELM"];
        }
        await rm(folder, { recursive: true });
    });

    const elsewhere = (): Promise<string> => Promise.resolve("/elsewhere");

    it("is the one on PATH, before one elsewhere", async () => {
        assert.equal(await findTool("helm", elsewhere), helm);
        assert.equal(await findTool("istioctl", elsewhere), "/elsewhere");
        assert.equal(await findTool("istioctl"), undefined);
    });

    it("is a file that can be run", async () => {
        await chmod(helm, 0o644);
        assert.equal(await findTool("helm"), undefined);
        await rm(helm);
        await mkdir(helm);
        assert.equal(await findTool("helm"), undefined);
    });

    it("is before all where its variable says", async () => {
        const other = join(folder, "other");
        await writeFile(other, "", { mode: 0o755 });
        process.env["MESH_HELM"] = other;
        assert.equal(await findTool("helm", elsewhere), other);
        process.env["MESH_HELM"] = join(folder, "gone");
        await assert.rejects(
            findTool("helm", elsewhere),
            new EnvironmentError(
                `MESH_HELM is ${folder}/gone, which is no file that can be run; the path of helm is needed.`,
            ),
        );
    });

    it("can be had, and its variable be set", () => {
        assert.match(howToGet("helm"), /https:\/\/helm\.sh\/.* set MESH_HELM to its path$/);
        assert.match(
            howToGet("istioctl"),
            /https:\/\/istio\.io\/.* set MESH_ISTIOCTL to its path$/,
        );
    });
});
