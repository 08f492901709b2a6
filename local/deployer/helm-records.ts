import type { CoreV1Api } from "@kubernetes/client-node";
import { z } from "zod";
import type { Report } from "#errors.ts";
import type { HelmRecord, ReleaseName } from "#live/helm.ts";
import { helmRecords } from "#live/helm.ts";
import type { Checkpoint, StateResource } from "./checkpoint.ts";

/** Type of a Helm release in the program. */
export const RELEASE = "kubernetes:helm.sh/v3:Release";

const names = z.object({ name: z.string(), namespace: z.string() });

/** Which release a resource of the state, or of a preview, is; undefined for every other resource. */
export function releaseOf({
    type,
    inputs,
}: Pick<StateResource, "type" | "inputs">): ReleaseName | undefined {
    return type === RELEASE ? names.safeParse(inputs).data : undefined;
}

/**
 * Clears away what Helm keeps of an operation that was killed in its middle, which it would otherwise take for one that
 * still runs. A release whose installation was never finished is forgotten, and one that the state does not know: the
 * next installation adopts its objects.
 *
 * @param planned releases that are going to be installed
 */
export async function clearUnfinishedReleases(
    core: CoreV1Api,
    { resources, pending }: Checkpoint,
    planned: readonly ReleaseName[],
    report: Report,
): Promise<void> {
    const finished = releasesIn(resources);
    const begun = [...planned, ...releasesIn(pending.map(({ resource }) => resource))].filter(
        (release, index, all) =>
            ![...finished, ...all.slice(0, index)].some((other) => isSame(release, other)),
    );
    const unfinished = async (
        release: ReleaseName,
        isLeft: (record: HelmRecord) => boolean,
    ): Promise<void> => {
        const records = (await helmRecords(core, release)).filter(isLeft);
        for (const { secret } of records) {
            await core.deleteNamespacedSecret({
                name: secret.metadata?.name ?? "",
                namespace: release.namespace,
            });
        }
        if (records.length > 0) {
            const status = records.at(-1)?.status ?? "";
            report(`release ${release.name} was left ${status}; it is taken up again`);
        }
    };
    await Promise.all([
        ...finished.map((release) =>
            unfinished(release, ({ status }) => /^(pending-|uninstalling)/.test(status)),
        ),
        ...begun.map((release) => unfinished(release, () => true)),
    ]);
}

function releasesIn(resources: readonly StateResource[]): ReleaseName[] {
    return resources.flatMap((resource) => releaseOf(resource) ?? []);
}

function isSame(a: ReleaseName, b: ReleaseName): boolean {
    return a.name === b.name && a.namespace === b.namespace;
}
