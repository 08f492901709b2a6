import type { Report } from "#errors.ts";
import type { CoreV1Api } from "@kubernetes/client-node";
import { differingPaths, isDeclared } from "#live/kubernetes/declared.ts";
import type { ClusterObjects, LiveObject, ObjectRef, Objects } from "#live/kubernetes/objects.ts";
import { describeObject, editObject } from "#live/kubernetes/objects.ts";
import type { ReleaseName } from "#live/helm.ts";
import { helmRecords, manifestOf } from "#live/helm.ts";
import type { Checkpoint, StateResource } from "./checkpoint.ts";
import { RELEASE, releaseOf } from "./helm-records.ts";
import type { ForeignField } from "./managed-fields.ts";
import {
    controlledFields,
    describePath,
    foreignFields,
    valueAt,
    without,
} from "./managed-fields.ts";

/** Fields that somebody added to an object. */
export interface AddedFields {
    readonly live: LiveObject;
    /** What was declared of it. */
    readonly declared: object;
    readonly fields: readonly ForeignField[];
}

/** A release whose objects in the cluster are not what Helm made. */
export interface ReleaseDrift {
    readonly urn: string;
    readonly release: ReleaseName;
    /** The objects that differ, as the release declares them. */
    readonly objects: readonly LiveObject[];
    /** What differs, a line each. */
    readonly lines: readonly string[];
}

/** What is otherwise in the cluster than it was deployed, and that the engine's refresh does not see. */
export interface Drift {
    readonly added: readonly AddedFields[];
    readonly releases: readonly ReleaseDrift[];
    /** Objects that nobody declared. */
    readonly strangers: readonly LiveObject[];
}

/**
 * Compares the cluster with the state. The engine sees only fields that it set itself, server-side apply leaves the
 * others to whoever wrote them, and of a Release Pulumi compares nothing but the inputs.
 */
export async function findDrift(
    core: CoreV1Api,
    objects: ClusterObjects,
    checkpoint: Checkpoint,
): Promise<Drift> {
    const [own, releases, strangers] = await Promise.all([
        addedToResources(objects, checkpoint),
        inspectReleases(core, objects, checkpoint),
        findStrangers(objects, checkpoint),
    ]);
    return {
        added: [...own, ...releases.flatMap(({ added }) => added)],
        releases: releases.flatMap(({ drift }) => drift ?? []),
        strangers,
    };
}

/** Takes away what was added. What was changed or deleted is left to the engine's refresh and to a Release's upgrade. */
export async function removeAdded(
    objects: Objects,
    added: readonly AddedFields[],
    report: Report,
): Promise<void> {
    for (const { live, declared, fields } of added) {
        await editObject(objects, live, (latest) => {
            const paths = addedTo(latest, declared).flatMap((found) =>
                found.fields.map(({ path }) => path),
            );
            return paths.length === 0 ? undefined : without(latest, paths);
        });
        for (const { path, manager } of fields) {
            report(`${describeObject(live)}: ${manager} added ${describePath(path)}; removed it`);
        }
    }
}

/** The objects that the engine made itself, by the state. */
function objectsIn({ resources }: Checkpoint): StateResource[] {
    return resources.filter(
        ({ type, custom, external, delete: doomed }) =>
            custom && !external && !doomed && type.startsWith("kubernetes:") && type !== RELEASE,
    );
}

/** What names a resource's object; undefined where the state does not tell. */
function nameOf({ outputs }: StateResource): ObjectRef | undefined {
    const { apiVersion, kind, metadata } = outputs;
    const name = valueAt(metadata, ["name"]);
    const namespace = valueAt(metadata, ["namespace"]);
    return typeof apiVersion === "string" && typeof kind === "string" && typeof name === "string"
        ? {
              apiVersion,
              kind,
              metadata: { name, ...(typeof namespace === "string" && { namespace }) },
          }
        : undefined;
}

async function addedToResources(objects: Objects, checkpoint: Checkpoint): Promise<AddedFields[]> {
    const found = await Promise.all(
        objectsIn(checkpoint).map(async (resource) => {
            const name = nameOf(resource);
            const live = name && (await objects.read(name));
            return live === undefined ? [] : addedTo(live, resource.inputs);
        }),
    );
    return found.flat();
}

/** Fields of others that are not among the declared ones: those were changed, not added. */
function addedTo(live: LiveObject, declared: object): AddedFields[] {
    const fields = foreignFields(live).filter(({ path }) => !isDeclared(declared, live, path));
    return fields.length > 0 ? [{ live, declared, fields }] : [];
}

interface ReleaseInspection {
    readonly added: readonly AddedFields[];
    readonly drift: ReleaseDrift | undefined;
}

function inspectReleases(
    core: CoreV1Api,
    objects: Objects,
    { resources }: Checkpoint,
): Promise<ReleaseInspection[]> {
    return Promise.all(
        resources.flatMap((resource) => {
            const release = resource.delete ? undefined : releaseOf(resource);
            return release ? inspectRelease(core, objects, resource, release) : [];
        }),
    );
}

async function inspectRelease(
    core: CoreV1Api,
    objects: Objects,
    { urn, outputs }: StateResource,
    release: ReleaseName,
): Promise<ReleaseInspection> {
    const record = (await helmRecords(core, release)).at(-1);
    // One that is gone altogether is found by the refresh.
    if (record === undefined) {
        return { added: [], drift: undefined };
    }
    const known = valueAt(outputs, ["status", "revision"]);
    if (record.revision !== known) {
        const lines = [`is at revision ${record.revision}, which somebody else made`];
        return { added: [], drift: { urn, release, objects: [], lines } };
    }
    const inspected = await Promise.all(
        manifestOf(record).map(async (declared) => {
            const live = await objects.read(declared);
            return {
                declared,
                added: live === undefined ? [] : addedTo(live, declared),
                lines: changesOf(declared, live),
            };
        }),
    );
    const differing = inspected.filter(({ lines }) => lines.length > 0);
    const lines = [
        ...(record.status === "deployed" ? [] : [`was left ${record.status}`]),
        ...differing.flatMap((each) =>
            each.lines.map((line) => `${describeObject(each.declared)} ${line}`),
        ),
    ];
    return {
        added: inspected.flatMap(({ added }) => added),
        drift:
            lines.length === 0
                ? undefined
                : { urn, release, objects: differing.map(({ declared }) => declared), lines },
    };
}

/** What of an object in the cluster is not as its release declares it. What controllers wrote since is theirs. */
function changesOf(declared: LiveObject, live: LiveObject | undefined): string[] {
    if (live === undefined) {
        return ["is gone"];
    }
    const controlled = controlledFields(live);
    const paths = differingPaths(declared, live)
        .map(describePath)
        .filter((path) => !controlled.has(path));
    return paths.length === 0 ? [] : [`was changed: ${paths.join(", ")}`];
}

/** API groups whose objects decide what the mesh lets through, wherever they come from. */
const MESH_GROUP = /(^|\.)istio\.io$|^gateway\.networking\.k8s\.io$/;

/**
 * Objects that nobody declared beside those that the engine made: of its own kinds, in the namespaces where it made
 * some. They may be somebody's on purpose, so they are named and left alone.
 */
async function findStrangers(
    objects: ClusterObjects,
    checkpoint: Checkpoint,
): Promise<LiveObject[]> {
    const declared = objectsIn(checkpoint).flatMap((resource) => nameOf(resource) ?? []);
    const known = new Set(declared.map(keyOf));
    const namespaces = new Set(declared.flatMap(({ metadata }) => metadata.namespace ?? []));
    const kinds = new Map(
        declared
            .filter(({ apiVersion }) => MESH_GROUP.test(apiVersion.split("/")[0] ?? ""))
            .map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]),
    );
    const found = await Promise.all(
        [...kinds.values()].flatMap(({ apiVersion, kind }) =>
            [...namespaces].map((namespace) => objects.list(apiVersion, kind, namespace)),
        ),
    );
    return found
        .flat()
        .filter((object) => !known.has(keyOf(object)))
        .filter(({ metadata }) => metadata["ownerReferences"] === undefined);
}

function keyOf({ apiVersion, kind, metadata: { name, namespace = "" } }: ObjectRef): string {
    return `${apiVersion} ${kind} ${namespace}/${name}`;
}
