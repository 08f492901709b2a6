import { gunzipSync } from "node:zlib";
import type { CoreV1Api, V1Secret } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { LiveObject } from "./kubernetes/objects.ts";

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

const stored = z.looseObject({
    manifest: z.string(),
    hooks: z.array(z.looseObject({ manifest: z.string() })).nullish(),
    config: z.record(z.string(), z.unknown()).nullish(),
});

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
 * What Helm wrote of a revision, its manifest, hooks and values: gzipped JSON, in base64 twice.
 *
 * Source: https://helm.sh/docs/topics/advanced/#storage-backends
 *
 * @throws Error that names the record and nothing that is in it: values hold secrets
 */
export function contentOf({ secret, name, revision }: HelmRecord): z.infer<typeof stored> {
    try {
        const inner = Buffer.from(secret.data?.["release"] ?? "", "base64").toString();
        const text = gunzipSync(Buffer.from(inner, "base64")).toString();
        return stored.parse(JSON.parse(text));
    } catch {
        throw new Error(`Helm's record of revision ${revision} of release ${name} is not readable`);
    }
}

/** The objects of a release, as Helm rendered them; those of hooks, which come and go, are not among them. */
export function manifestOf(record: HelmRecord): LiveObject[] {
    return objectsIn(contentOf(record).manifest, record);
}

/**
 * Every object that the deployed revision of a release consists of, those of its hooks included.
 *
 * @throws Error where Helm has no such revision
 */
export async function releaseObjects(
    core: CoreV1Api,
    release: ReleaseName,
): Promise<readonly LiveObject[]> {
    const records = await helmRecords(core, release);
    const deployed = records.filter(({ status }) => status === "deployed").at(-1);
    if (deployed === undefined) {
        throw new Error(
            `Helm has no deployed revision of release ${release.name} in namespace ${release.namespace}`,
        );
    }
    const { manifest, hooks } = contentOf(deployed);
    return [manifest, ...(hooks ?? []).map((hook) => hook.manifest)].flatMap((text) =>
        objectsIn(text, release),
    );
}

function objectsIn(manifest: string, { namespace }: ReleaseName): LiveObject[] {
    return parseAllDocuments(manifest)
        .map((document) => document.toJS() as LiveObject | null)
        .filter((object) => object !== null && "kind" in object)
        .map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
}
