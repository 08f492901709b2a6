import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { DeployError } from "../types.ts";
import { awaitReady, whyNotReady } from "./await.ts";
import { chartDigest, locateChart } from "./chart.ts";
import type { Helm } from "./helm.ts";
import type { ReleaseSpec } from "./helm-spec.ts";
import { parseRelease, upgradeArguments } from "./helm-spec.ts";
import type { StoredRelease } from "./helm-storage.ts";
import { manifestObjects, readRelease } from "./helm-storage.ts";
import type { InventoryEntry, ReleaseSubject } from "./inventory-entry.ts";
import { subjectKey } from "./inventory-entry.ts";
import { hashOf, messageOf } from "./json.ts";
import type { KubeObject } from "./kube-client.ts";
import { NoKindError } from "./kube-client.ts";
import { automaticName } from "./naming.ts";
import type { Applied, ApplyContext, ResourceRequest } from "./resource.ts";
import { isTransient, retry } from "./retry.ts";

export const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

/** Kinds whose readiness is worth looking at in a release that Helm believes to be deployed. */
const WORKLOADS = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** Makes a Helm release what the program says, unless it is that already, and tells what that took. */
export async function applyRelease(
    context: ApplyContext & { readonly helm: Helm },
    request: ResourceRequest,
): Promise<Applied> {
    const { client, inventory, signal } = context;
    const spec = parseRelease(request.inputs, {
        name: () => automaticName(inventory, request),
        namespace: request.defaultNamespace,
    });
    const { name, namespace } = spec;
    const subject: ReleaseSubject = { is: "release", namespace, name };
    const key = subjectKey({ subject, urn: request.urn });
    context.claim(key, request.urn);
    const recorded = inventory.find(key);

    const chart = await locateChart(spec, context.directory);
    const digest = await chartDigest(chart, spec.version);
    const values = await valueTexts(spec, context.directory);
    const entry: InventoryEntry = {
        urn: request.urn,
        type: request.type,
        name: request.name,
        hash: hashOf({ inputs: request.inputs, digest, values }),
        dependencies: [...request.dependencies].sort(),
        ...(request.protect ? { protect: true } : {}),
        ...(request.retainOnDelete ? { retainOnDelete: true } : {}),
        subject,
    };
    if (recorded === undefined) await inventory.put({ ...entry, hash: "" });

    let stored = await retry(() => readRelease(client, namespace, name), { signal });
    if (stored?.status === "deployed" && digest !== undefined && recorded?.hash === entry.hash) {
        const objects = await releaseObjects(context, stored, namespace);
        if (objects !== undefined) {
            await awaitWorkloads(context, request, spec, objects);
            await inventory.put(entry);
            return outcome(spec, stored, "unchanged");
        }
        context.report(`Release ${name}: objects of it are missing; repairing`);
    }
    stored = await repair(context, spec, stored);
    const action = stored === undefined ? "created" : "changed";
    await upgrade(context, request, spec, values);
    stored = await retry(() => readRelease(client, namespace, name), { signal });
    if (stored?.status !== "deployed") {
        throw new DeployError(
            `helm ended well, but the release is ${stored?.status ?? "not there"}`,
        );
    }
    await inventory.put(entry);
    return outcome(spec, stored, action);
}

/** Brings a release that an interrupted run left half-way into a state Helm can go on from. */
async function repair(
    context: ApplyContext & { readonly helm: Helm },
    spec: ReleaseSpec,
    stored: StoredRelease | undefined,
): Promise<StoredRelease | undefined> {
    if (stored === undefined) return undefined;
    const { name, namespace } = spec;
    const place = ["--namespace", namespace];
    const pending = stored.status.startsWith("pending-");
    if (pending && stored.lastDeployed !== undefined) {
        context.report(
            `Release ${name} was left ${stored.status}; rolling back before the upgrade`,
        );
        await context.helm.run(
            ["rollback", name, String(stored.lastDeployed), ...place],
            context.signal,
        );
        return stored;
    }
    if (pending || stored.status === "uninstalling" || stored.status === "uninstalled") {
        context.report(`Release ${name} was left ${stored.status}; removing it before the install`);
        await context.helm.run(
            ["uninstall", name, ...place, "--wait", "--timeout", `${spec.timeout}s`],
            context.signal,
        );
        return undefined;
    }
    return stored;
}

async function upgrade(
    context: ApplyContext & { readonly helm: Helm },
    request: ResourceRequest,
    spec: ReleaseSpec,
    values: readonly string[],
): Promise<void> {
    const { helm, signal } = context;
    const chart = await helm.signIn(spec, await locateChart(spec, context.directory), signal);
    const files = await Promise.all(values.map((text) => helm.file(`${spec.name}.yaml`, text)));
    try {
        await retry(() => helm.run(upgradeArguments(spec, chart, files), signal), {
            signal,
            isTransient: isTransientHelm,
            onRetry: (why) => {
                context.report(`${request.type} ${request.name}: trying again, ${why}`);
            },
        });
    } catch (error) {
        signal.throwIfAborted();
        const trouble = await troubles(context, spec).catch(() => []);
        throw new DeployError([messageOf(error), ...trouble].join("; "));
    }
}

/** Failures before anything was recorded; a release that failed to become ready is not tried again. */
export function isTransientHelm(error: unknown): boolean {
    if (!(error instanceof DeployError)) return isTransient(error);
    return /connection refused|connection reset|failed calling webhook|cluster unreachable|TLS handshake timeout|etcdserver/i.test(
        error.message,
    );
}

/** Texts of the value files in the order in which Helm merges them: the files, then the program's values. */
async function valueTexts(spec: ReleaseSpec, directory: string): Promise<string[]> {
    const texts: string[] = [];
    for (const { asset, value } of spec.valueYamlFiles) {
        if (asset === "uri")
            throw new DeployError(`valueYamlFiles: the address ${value} is not supported`);
        texts.push(asset === "text" ? value : await readFile(resolve(directory, value), "utf8"));
    }
    return [...texts, JSON.stringify(spec.values)];
}

/** The live objects of a release, or undefined when one is missing. */
async function releaseObjects(
    context: ApplyContext,
    stored: StoredRelease,
    namespace: string,
): Promise<KubeObject[] | undefined> {
    const { client, signal } = context;
    const found = await Promise.all(
        manifestObjects(stored.manifest).map((object) =>
            retry(() => client.get({ namespace, ...object }, signal), {
                signal,
                isTransient: (error) => !(error instanceof NoKindError) && isTransient(error),
            }).catch((error: unknown) => {
                if (error instanceof NoKindError) return undefined;
                throw error;
            }),
        ),
    );
    const objects = found.filter((object) => object !== undefined);
    return objects.length === found.length ? objects : undefined;
}

async function awaitWorkloads(
    context: ApplyContext,
    request: ResourceRequest,
    spec: ReleaseSpec,
    objects: readonly KubeObject[],
): Promise<void> {
    if (spec.skipAwait) return;
    const { client, signal } = context;
    await Promise.all(
        objects
            .filter((object) => WORKLOADS.has(object.kind))
            .map((object) =>
                awaitReady(client, object, {
                    signal,
                    timeoutMs: spec.timeout * 1000,
                    report: (why) => {
                        context.report(
                            `${request.type} ${request.name}: ${object.metadata.name}: ${why}`,
                        );
                    },
                }),
            ),
    );
}

/** What of a failed release is not ready, which Helm itself does not say. */
async function troubles(context: ApplyContext, spec: ReleaseSpec): Promise<string[]> {
    const stored = await readRelease(context.client, spec.namespace, spec.name);
    const objects = stored === undefined ? [] : manifestObjects(stored.manifest);
    const found: string[] = [];
    for (const object of objects.filter(({ kind }) => WORKLOADS.has(kind))) {
        const live = await context.client.get({ namespace: spec.namespace, ...object });
        if (live === undefined) continue;
        const why = await whyNotReady(context.client, live);
        if (why !== undefined) found.push(`${object.kind} ${object.name}: ${why}`);
    }
    return found;
}

function outcome(spec: ReleaseSpec, stored: StoredRelease, action: Applied["action"]): Applied {
    const { name, namespace } = spec;
    const status = {
        name,
        namespace,
        status: stored.status,
        revision: stored.revision,
        chart: stored.chart,
        version: stored.chartVersion,
        appVersion: stored.appVersion,
    };
    return {
        id: `${namespace}/${name}`,
        state: {
            chart: spec.chart,
            name,
            namespace,
            version: stored.chartVersion,
            values: spec.values,
            timeout: spec.timeout,
            skipAwait: spec.skipAwait,
            resourceNames: {},
            status,
        },
        action,
    };
}
