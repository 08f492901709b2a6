import { grouped } from "#model/groups.ts";
import { attachmentChanges } from "./exposure/attachment.ts";
import { edgeRouteChanges } from "./exposure/edge-routes.ts";
import { edgeTlsChanges } from "./exposure/edge-tls.ts";
import { openingChanges } from "./exposure/openings.ts";
import type { Change } from "./change.ts";
import { unreadGatewaysOf } from "./routes/listeners.ts";
import { refsOf } from "./routes/words.ts";
import type { Compare, Subject } from "./subject.ts";

/** What cannot be compared, as not all of it is known on one side. */
function unreadChanges(...subjects: readonly Subject[]): readonly Change[] {
    const unread = grouped(subjects.flatMap(unreadGatewaysOf), ({ label }) => [label]);
    return Array.from(unread, ([label, objects]) => ({
        topic: "exposure",
        kind: "exposure/unread",
        about: label,
        text: `what ${label} lets in cannot be compared: not all of it is known`,
        objects: refsOf(objects.slice(0, 1)),
    }));
}

/** What is reachable from outside, and how the gateways speak with whoever comes. */
export const compareExposure: Compare = (before, after) => [
    ...edgeRouteChanges(before, after),
    ...edgeTlsChanges(before, after),
    ...attachmentChanges(before, after),
    ...openingChanges(before, after),
    ...unreadChanges(after, before),
];
