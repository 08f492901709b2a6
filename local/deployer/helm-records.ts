import { gunzipSync } from "node:zlib";
import type { CoreV1Api, V1Secret } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Report } from "#errors.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { Checkpoint, StateResource } from "./checkpoint.ts";

/** Type of a Helm release in the program. */
export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Name and namespace of a release. */
export interface ReleaseName {
    readonly name: string;
    readonly namespace: string;
}

/** What Helm keeps of one revision of a release. */
export interface HelmRecord extends ReleaseName {
    readonly revision: number;
    /** Helm's word, for example `deployed` or `pending-install`. */
    readonly status: string;
    readonly secret: V1Secret;
}

const names = z.object({ name: z.string(), namespace: z.string() });
const stored = z.looseObject({
    manifest: z.string(),
    config: z.record(z.string(), z.unknown()).nullish(),
});

/** Which release a resource of the state, or of a preview, is; undefined for every other resource. */
export function releaseOf({
    type,
    inputs,
}: Pick<StateResource, "type" | "inputs">): ReleaseName | undefined {
    return type === RELEASE ? names.safeParse(inputs).data : undefined;
}

/** Helm's records of a release, the oldest first. */
export async function helmRecords(
    core: CoreV1Api,
    { name, namespace }: ReleaseName,
): Promise<HelmRecord[]> {
    const { items } = await core.listNamespacedSecret({
        namespace,
        labelSelector: `owner=helm,name=${name}`,
    });
    return items
        .map((secret) => ({
            name,
            namespace,
            revision: Number(secret.metadata?.labels?.["version"]),
            status: secret.metadata?.labels?.["status"] ?? "unknown",
            secret,
        }))
        .sort((a, b) => a.revision - b.revision);
}

/**
 * What Helm wrote of a revision, its manifest and values: gzipped JSON, in base64 twice.
 *
 * Source: https://helm.sh/docs/topics/advanced/#storage-backends
 */
export function contentOf({ secret }: HelmRecord): z.infer<typeof stored> {
    const inner = Buffer.from(secret.data?.["release"] ?? "", "base64").toString();
    const text = gunzipSync(Buffer.from(inner, "base64")).toString();
    return stored.parse(JSON.parse(text));
}

/** The objects of a release, as Helm rendered them. */
export function manifestOf(record: HelmRecord): LiveObject[] {
    const { namespace } = record;
    return parseAllDocuments(contentOf(record).manifest)
        .map((document) => document.toJS() as LiveObject | null)
        .filter((object) => object !== null && "kind" in object)
        .map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
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
