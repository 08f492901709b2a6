import { createHash } from "node:crypto";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { DeployError } from "../types.ts";
import type { ChartLocation, ReleaseSpec } from "./helm-spec.ts";

/**
 * Finds out where a release's chart is: a folder or archive (relative to `directory`), an address, or a name in the
 * repository the release states.
 *
 * @throws DeployError when it is neither.
 */
export async function locateChart(
    spec: Pick<ReleaseSpec, "chart" | "repositoryOpts">,
    directory: string,
): Promise<ChartLocation> {
    const { repo } = spec.repositoryOpts;
    if (/^(oci|https?):\/\//.test(spec.chart)) return { reference: spec.chart, isLocal: false };
    if (repo?.startsWith("oci://")) {
        return { reference: `${repo.replace(/\/$/, "")}/${spec.chart}`, isLocal: false };
    }
    if (repo !== undefined) return { reference: spec.chart, repository: repo, isLocal: false };
    const path = resolve(directory, spec.chart);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) {
        throw new DeployError(
            `its chart ${spec.chart} is no folder or archive in ${directory} and names no repository ` +
                `(repositoryOpts.repo or an oci:// address)`,
        );
    }
    return { reference: path, isLocal: true };
}

/**
 * What identifies a chart's content: a digest of every file of a local one, the address and version of any other.
 * A remote chart without a version has none, because what it means can change from one run to the next.
 */
export async function chartDigest(
    chart: ChartLocation,
    version: string | undefined,
): Promise<string | undefined> {
    if (!chart.isLocal) {
        const pinned = version ?? /:\d[^/]*$|@sha256:|\.tgz$/.exec(chart.reference)?.[0];
        if (pinned === undefined) return undefined;
        return `${chart.repository ?? ""} ${chart.reference} ${pinned}`;
    }
    const hash = createHash("sha256");
    if ((await stat(chart.reference)).isFile()) hash.update(await readFile(chart.reference));
    else await hashFolder(hash, chart.reference, "");
    return hash.digest("hex");
}

async function hashFolder(
    hash: ReturnType<typeof createHash>,
    root: string,
    relative: string,
): Promise<void> {
    const entries = await readdir(join(root, relative), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(relative, entry.name);
        const full = join(root, path);
        if (entry.isDirectory()) {
            await hashFolder(hash, root, path);
        } else {
            const content = entry.isSymbolicLink()
                ? Buffer.from(await readlink(full))
                : await readFile(full);
            hash.update(`${path}\0${content.length}\0`).update(content);
        }
    }
}
