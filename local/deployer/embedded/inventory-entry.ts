import { z } from "zod";

import type { JsonObject } from "./json.ts";

const objectSubject = z.object({
    is: z.literal("object"),
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
});
const releaseSubject = z.object({
    is: z.literal("release"),
    namespace: z.string(),
    name: z.string(),
});
const randomSubject = z.object({
    is: z.literal("random"),
    values: z.record(z.string(), z.json()),
});

const entrySchema = z.object({
    urn: z.string(),
    type: z.string(),
    name: z.string(),
    /** Of the inputs that were applied; empty while the first apply is under way. */
    hash: z.string(),
    /** URNs it was applied after. */
    dependencies: z.array(z.string()),
    protect: z.boolean().optional(),
    retainOnDelete: z.boolean().optional(),
    subject: z.discriminatedUnion("is", [objectSubject, releaseSubject, randomSubject]),
});

/** What is stored; an unknown version is refused. */
export const inventoryDocument = z.object({ version: z.literal(1), entries: z.array(entrySchema) });

export type ObjectSubject = z.infer<typeof objectSubject>;
export type ReleaseSubject = z.infer<typeof releaseSubject>;
export type Subject = ObjectSubject | ReleaseSubject | { is: "random"; values: JsonObject };
/** One thing a deployment made. */
export type InventoryEntry = Omit<z.infer<typeof entrySchema>, "subject"> & { subject: Subject };

/** What a thing is in the cluster, whatever the program calls it: two entries never share a key. */
export function subjectKey(entry: Pick<InventoryEntry, "subject" | "urn">): string {
    const { subject } = entry;
    switch (subject.is) {
        case "object": {
            const group = subject.apiVersion.includes("/")
                ? (subject.apiVersion.split("/")[0] ?? "")
                : "";
            return `object:${group}/${subject.kind}/${subject.namespace ?? ""}/${subject.name}`;
        }
        case "release":
            return `release:${subject.namespace}/${subject.name}`;
        case "random":
            return `random:${entry.urn}`;
    }
}
