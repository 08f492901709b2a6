import { request } from "node:https";
import type { RequestOptions } from "node:https";
import { json } from "node:stream/consumers";
import type { KubernetesObject } from "@kubernetes/client-node";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { renderStack } from "../render/render.ts";
import type { RenderedResource, Rendering } from "../render/rendering.ts";
import { kubeConfig } from "./support.ts";

/** An object of the Kubernetes API as far as it is compared. */
export interface LiveObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A release as the program describes it. */
export interface RenderedRelease {
    readonly name: string;
    readonly namespace: string;
    readonly values: Readonly<Record<string, unknown>>;
}

const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

function ofKubernetes({ type, custom }: RenderedResource): boolean {
    return custom && type.startsWith("kubernetes:");
}

/** The objects that the program itself makes. */
export function programObjects({ resources }: Rendering): LiveObject[] {
    return resources
        .filter((resource) => ofKubernetes(resource) && resource.type !== RELEASE_TYPE)
        .map(({ inputs }) => inputs as LiveObject);
}

/** The releases that the program makes. */
export function programReleases({ resources }: Rendering): RenderedRelease[] {
    return resources
        .filter(({ type }) => type === RELEASE_TYPE)
        .map(({ inputs }) => inputs as RenderedRelease);
}

/** The program's objects as they are in the cluster now. */
export async function liveObjects(rendering: Rendering): Promise<Required<KubernetesObject>[]> {
    const api = KubernetesObjectApi.makeApiClient(kubeConfig());
    return Promise.all(
        programObjects(rendering).map((object) => api.read<Required<KubernetesObject>>(object)),
    );
}

/** The local stack's objects in the cluster, as far as something other than a deployment could change them. */
export async function stackObjects(): Promise<readonly object[]> {
    const objects: readonly (KubernetesObject & { readonly spec?: unknown })[] = await liveObjects(
        await renderStack("local"),
    );
    return objects.map(({ kind, metadata, spec }) => ({
        kind,
        name: metadata?.name,
        generation: metadata?.generation,
        labels: metadata?.labels,
        spec,
    }));
}

/** Where the cluster's object lacks, or has otherwise, what the program says; fields of the server's own are free. */
export function differences(wanted: unknown, live: unknown, at = ""): string[] {
    if (Array.isArray(wanted)) {
        // The API server does not keep an empty list.
        if (wanted.length === 0 && live === undefined) {
            return [];
        }
        if (!Array.isArray(live) || live.length !== wanted.length) {
            return [`${at}: ${JSON.stringify(live)} instead of ${JSON.stringify(wanted)}`];
        }
        return wanted.flatMap((item, index) =>
            differences(item, (live as unknown[])[index], `${at}[${index}]`),
        );
    }
    if (typeof wanted === "object" && wanted !== null) {
        const fields = live as Readonly<Record<string, unknown>> | undefined;
        return Object.entries(wanted).flatMap(([key, value]) =>
            differences(value, fields?.[key], `${at}.${key}`),
        );
    }
    return wanted === live
        ? []
        : [`${at}: ${JSON.stringify(live)} instead of ${JSON.stringify(wanted)}`];
}

/** What the API server answers a path with, as JSON. */
async function ask(path: string): Promise<unknown> {
    const config = kubeConfig();
    const options: RequestOptions = { headers: { Accept: "application/json" } };
    await config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
        const url = `${config.getCurrentCluster()?.server ?? ""}${path}`;
        request(url, options, (response) => {
            json(response).then(resolve, reject);
        })
            .on("error", reject)
            .end();
    });
}

interface Group {
    readonly preferredVersion: { readonly groupVersion: string };
}

interface Resource {
    readonly name: string;
    readonly kind: string;
    readonly verbs: readonly string[];
}

/** Every object of the cluster, of every kind that can be listed, as `Kind namespace/name`. */
export async function everyObject(): Promise<string[]> {
    const { groups } = (await ask("/apis")) as { readonly groups: readonly Group[] };
    const roots = [
        "/api/v1",
        ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
    ];
    const found = await Promise.all(
        roots.map(async (root) => {
            const { resources } = (await ask(root)) as { readonly resources: readonly Resource[] };
            const listed = resources.filter(
                ({ name, verbs }) => !name.includes("/") && verbs.includes("list"),
            );
            return Promise.all(
                listed.map(async ({ name, kind }) => {
                    const { items } = (await ask(`${root}/${name}`)) as {
                        readonly items: readonly LiveObject[];
                    };
                    return items.map(
                        ({ metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
                    );
                }),
            );
        }),
    );
    return found.flat(2).sort();
}
