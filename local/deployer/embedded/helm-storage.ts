import { gunzipSync } from "node:zlib";

import { parse } from "yaml";

import { isObject, listAt, numberAt, stringAt } from "./json.ts";
import type { KubeClient } from "./kube-client.ts";

/** What Helm recorded in the cluster about the newest revision of a release. */
export interface StoredRelease {
    /** `deployed`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling`… */
    readonly status: string;
    readonly revision: number;
    /** The newest revision that is or was deployed. */
    readonly lastDeployed?: number;
    readonly chart: string;
    readonly chartVersion: string;
    readonly appVersion: string;
    readonly manifest: string;
}

/** An object as a manifest names it. */
export interface ManifestObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
}

/** Reads Helm's record of a release; undefined where there is none. */
export async function readRelease(
    client: KubeClient,
    namespace: string,
    name: string,
): Promise<StoredRelease | undefined> {
    const secrets = await client.list("v1", "Secret", namespace, {
        labelSelector: `owner=helm,name=${name}`,
    });
    const revisions = secrets
        .map((secret) => ({
            secret,
            revision: Number(secret.metadata.labels?.["version"]),
            status: secret.metadata.labels?.["status"] ?? "unknown",
        }))
        .filter(({ revision }) => Number.isInteger(revision))
        .sort((a, b) => b.revision - a.revision);
    const newest = revisions[0];
    if (newest === undefined) return undefined;
    const deployed = revisions.find(
        ({ status }) => status === "deployed" || status === "superseded",
    );
    const release = decodeRelease(stringAt(newest.secret, "data", "release") ?? "");
    return {
        status: newest.status,
        revision: newest.revision,
        ...(deployed === undefined ? {} : { lastDeployed: deployed.revision }),
        chart: stringAt(release, "chart", "metadata", "name") ?? "",
        chartVersion: stringAt(release, "chart", "metadata", "version") ?? "",
        appVersion: stringAt(release, "chart", "metadata", "appVersion") ?? "",
        manifest: stringAt(release, "manifest") ?? "",
    };
}

/** The API server encodes a Secret's data once, Helm encodes its compressed JSON once more. */
function decodeRelease(data: string): unknown {
    const inner = Buffer.from(data, "base64").toString("utf8");
    const bytes = Buffer.from(inner, "base64");
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString("utf8"));
}

/** The objects of a rendered manifest, by name only. */
export function manifestObjects(manifest: string): ManifestObject[] {
    return manifest.split(/^---(?:\s.*)?$/m).flatMap((text) => {
        const document: unknown = parse(head(text));
        if (!isObject(document)) return [];
        const items = document["kind"] === "List" ? listAt(parse(text), "items") : [document];
        return items.flatMap((item) => {
            const apiVersion = stringAt(item, "apiVersion");
            const kind = stringAt(item, "kind");
            const name = stringAt(item, "metadata", "name") ?? numberAt(item, "metadata", "name");
            const namespace = stringAt(item, "metadata", "namespace");
            if (apiVersion === undefined || kind === undefined || name === undefined) return [];
            const place = namespace === undefined ? {} : { namespace };
            return [{ apiVersion, kind, name: String(name), ...place }];
        });
    });
}

/** The sections that name an object. Parsing whole CustomResourceDefinitions would take seconds. */
function head(text: string): string {
    const kept: string[] = [];
    let keeping = false;
    for (const line of text.split("\n")) {
        if (/^[^\s#]/.test(line)) keeping = /^(apiVersion|kind|metadata):/.test(line);
        if (keeping) kept.push(line);
    }
    return kept.length > 0 ? kept.join("\n") : text;
}
