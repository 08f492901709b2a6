import { createHash } from "node:crypto";
import { addFile, addText, writeTar } from "./layer.ts";
import type { Layer } from "./layer.ts";

/** How a container of the image starts, in the image specification's words. */
export interface RunConfig {
    readonly Entrypoint: readonly string[];
    readonly Cmd?: readonly string[];
    /** `NAME=value` lines. Default: PATH alone. */
    readonly Env?: readonly string[];
    /** User id, or user and group id with a colon. Default root. */
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>>;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The image's configuration; its SHA-256 is the image id. */
function imageConfig(run: RunConfig, layers: readonly Layer[]): string {
    return JSON.stringify({
        architecture: "amd64",
        os: "linux",
        created: "1970-01-01T00:00:00Z",
        config: { ...run, Env: [PATH, ...(run.Env ?? [])] },
        rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
        history: layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "a4co-mesh" })),
    });
}

/**
 * Writes a docker-archive of one image, as `docker save` does and `ctr images import` reads: each layer under its
 * digest, the configuration under its own, and a manifest. Equal inputs give equal bytes.
 *
 * @param reference Full image name with registry and tag.
 * @param layers Lowest layer first.
 */
export async function writeArchive(
    path: string,
    reference: string,
    run: RunConfig,
    layers: readonly Layer[],
): Promise<void> {
    const config = imageConfig(run, layers);
    const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
    const layerNames = layers.map(({ digest }) => `${digest}.tar`);
    const manifest = [{ Config: configName, RepoTags: [reference], Layers: layerNames }];
    await writeTar(path, async (tar) => {
        await addText(tar, JSON.stringify(manifest), { name: "manifest.json" });
        await addText(tar, config, { name: configName });
        for (const layer of layers) {
            await addFile(tar, layer.path, { name: `${layer.digest}.tar` });
        }
    });
}
