import type { Report } from "#errors.ts";
import { ensureBaseRoot } from "../debian.ts";
import { ensureEnvoy } from "../envoy.ts";
import type { ImageArchive } from "../node/images.ts";
import { IMAGES } from "../versions.ts";
import type { ImageName } from "../versions.ts";
import { buildImage } from "./build.ts";
import { PLATFORM } from "./platform.ts";
import { isService, service } from "./services.ts";

/** Images of addons, which a node needs only where the stack switches them on. */
const ADDONS = ["jaeger", "kiali", "prometheus"] as const satisfies readonly ImageName[];
type AddonImage = (typeof ADDONS)[number];

/**
 * The images of a local node.
 *
 * @param addons the stack's switches
 */
export function nodeImages(addons: Readonly<Record<AddonImage, boolean>>): readonly ImageName[] {
    // `mesh load` brings k6 when it needs it: building it would only make the first start longer.
    const switches: Readonly<Partial<Record<ImageName, boolean>>> = { k6: false, ...addons };
    return (Object.keys(IMAGES) as ImageName[]).filter((name) => switches[name] ?? true);
}

/**
 * Archives of the images, in the order of `names`, built where the cache lacks them. `report` gets a line for each
 * thing that is built or downloaded, and none when everything is there.
 *
 * @throws EnvironmentError when Go, apt or the Python package index fail; esbuild's error when a demo service does
 * not compile.
 */
export async function ensureImages(
    report: Report,
    names: readonly ImageName[],
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
        const told = reasoned(name, report);
        const recipe = isService(name) ? await service(name) : await PLATFORM[name](told);
        archives.push({ reference: IMAGES[name], path: await buildImage(recipe, told) });
    }
    return archives;
}

/** Says as well which key of the stack wants what is built; everything else no node can do without. */
function reasoned(name: ImageName, report: Report): Report {
    return (ADDONS as readonly ImageName[]).includes(name)
        ? (line) => {
              report(`${line}, for mesh:addons.${name}`);
          }
        : report;
}

/**
 * Has what the images need from package registries, apart from what is compiled. It mostly waits, so a caller that
 * is about to build tools may run it beside them.
 *
 * @throws EnvironmentError when apt or the Python package index fail.
 */
export async function ensureDownloads(report: Report, names: readonly ImageName[]): Promise<void> {
    if (names.includes("proxyv2")) {
        await Promise.all([ensureEnvoy(report), ensureBaseRoot(report)]);
    }
}
