import { z } from "zod";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { holdsMark } from "#stack/render/values.ts";
import type { Analyzed, AnalyzerMessage } from "#stack/tools/istioctl.ts";
import { offlineMessages } from "#stack/tools/istioctl.ts";
import type { ObjectRef } from "./change.ts";
import { groupOf } from "./custom-resources.ts";
import type { Subject } from "./subject.ts";

/** What one of Istio's own analyzers says. */
export interface AnalyzerFinding {
    /** For example `IST0101`. */
    readonly code: string;
    /** An `Info` is advice. */
    readonly level: "Error" | "Warning" | "Info";
    /** A sentence with its full stop, as Istio has it. */
    readonly message: string;
    /** Absent where it is about the mesh as a whole. */
    readonly object?: ObjectRef;
    /** Page that explains the code. */
    readonly url?: string;
}

/** The part of a subject that the analyzers look at. */
interface AnalyzedObjects extends Analyzed {
    readonly objects: readonly DeclaredObject[];
}

/**
 * What Istio's own analyzers find in a subject, its charts' objects included, without a cluster.
 *
 * @param istioctl its path
 * @throws Error where istioctl does not come to an end
 */
export async function analyzerFindings(
    subject: Subject,
    istioctl: string,
    signal?: AbortSignal,
): Promise<readonly AnalyzerFinding[]> {
    const analyzed = analyzedOf(subject);
    return findingsOf(await offlineMessages(istioctl, analyzed, signal), analyzed);
}

/** What of a subject the analyzers look at. */
export function analyzedOf({ objects, releases }: Subject): AnalyzedObjects {
    const all = [...objects, ...releases.flatMap(({ objects: made = [] }) => made)];
    const values = releases.find(({ chart }) => chart === "istiod")?.values;
    const inValues = values && JSON.stringify(values["meshConfig"] ?? {});
    return {
        objects: all.filter(isLookedAt),
        meshConfig: all.map(meshConfigIn).find((text) => text !== undefined) ?? inValues,
    };
}

/** Of a megabyte of definitions only the Gateway API's versions are looked at. */
function isLookedAt({ kind, metadata }: DeclaredObject): boolean {
    return (
        kind !== "CustomResourceDefinition" || metadata.name.endsWith(".gateway.networking.k8s.io")
    );
}

const meshConfigMap = z.object({
    kind: z.literal("ConfigMap"),
    metadata: z.object({ name: z.string().regex(/^istio(?:-|$)/) }),
    data: z.object({ mesh: z.string() }),
});

function meshConfigIn(object: DeclaredObject): string | undefined {
    return meshConfigMap.safeParse(object).data?.data.mesh;
}

const LEVELS = ["Error", "Warning", "Info"] as const;

/** The messages that are true of what would be in the cluster; sorted. */
export function findingsOf(
    messages: readonly AnalyzerMessage[],
    analyzed: AnalyzedObjects,
): readonly AnalyzerFinding[] {
    const falseAlarm = falseAlarms(analyzed);
    const findings = messages
        .filter((message) => !falseAlarm(message))
        .map(({ code, level, message, origin, documentationUrl }): AnalyzerFinding => {
            const object = objectIn(origin);
            return {
                code,
                level: LEVELS.find((known) => known === level) ?? "Error",
                message,
                ...(object !== undefined && { object }),
                ...(documentationUrl !== undefined && { url: documentationUrl }),
            };
        });
    const keyOf = ({ level, code, object, message }: AnalyzerFinding): string =>
        JSON.stringify([LEVELS.indexOf(level), code, object, message]);
    return findings.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** An origin as Istio writes it: `VirtualService a4co/order-service`, or a kind and a name. */
function objectIn(origin = ""): ObjectRef | undefined {
    const [, kind, namespace, name] = /^(\S+) (?:([^/\s]+)\/)?(\S+)$/.exec(origin) ?? [];
    return kind === undefined || name === undefined
        ? undefined
        : { kind, ...(namespace !== undefined && { namespace }), name };
}

/** Something that is referred to and is not there: the reference is in quotes or after the last `Gateway`. */
const NOT_FOUND: Readonly<Record<string, RegExp>> = {
    IST0101: /not found: "([^"]*)"/,
    IST0132: /not found in Gateway (\S+?)\.?$/,
};
/** Messages that follow from Istio's mesh configuration. */
const BY_MESH_CONFIG: readonly string[] = ["IST0134", "IST0157"];

/**
 * Every message that is left out, and no other is. Without a cluster the analyzers that need pods, Services or Secrets do
 * not run at all, so little is left that is wrong merely because nobody sees the cluster:
 *
 * - A reference into a namespace of which the subject has no object, or of which it has one that cannot be read yet: the
 *   Gateway or the DestinationRule is somebody else's, or is not known. A reference into one of its own namespaces stays.
 * - What follows from the mesh configuration, where the subject has none: the analyzers then judge by Istio's defaults.
 */
function falseAlarms({
    objects,
    meshConfig,
}: AnalyzedObjects): (message: AnalyzerMessage) => boolean {
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    const hasMarks = objects.some(
        (object) => groupOf(object) === "networking.istio.io" && holdsMark(object["spec"]),
    );
    return ({ code, message, origin }) => {
        const reference = NOT_FOUND[code]?.exec(message)?.[1];
        if (reference !== undefined) {
            const namespace = namespaceIn(reference) ?? objectIn(origin)?.namespace;
            return hasMarks || (namespace !== undefined && !namespaces.has(namespace));
        }
        return BY_MESH_CONFIG.includes(code) && meshConfig === undefined;
    };
}

/** The namespace in `namespace/name`, or in the name of a Service of the cluster. */
function namespaceIn(reference: string): string | undefined {
    const [, before] = /^([^/]+)\//.exec(reference) ?? [];
    const [, inHost] = /^[^.]+\.([^.]+)\.svc(?:[.+]|$)/.exec(reference) ?? [];
    return before ?? inHost;
}
