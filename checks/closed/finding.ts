import type { LiveObject, ObjectRef } from "#live/kubernetes/objects.ts";
import { describeObject } from "#live/kubernetes/objects.ts";
import type { Outcome } from "../check.ts";
import { accepted, failed, passed, skipped } from "../check.ts";
import { listed } from "../calls.ts";
import type { Acceptance } from "./acceptance.ts";
import { ACCEPTED_ANNOTATION, answerText } from "./acceptance.ts";

/** Something that lives in the mesh and should not, or is not as it should be. */
export interface Finding {
    readonly object: ObjectRef;
    /** What is said of the object, one phrase that begins with a verb. */
    readonly text: string;
    readonly acceptance: Acceptance;
    /** Whether the cluster is about to remove it. */
    readonly ending?: boolean;
}

/** A finding about a live object, with whoever answers for it. */
export function isAccepted({ acceptance }: Finding): boolean {
    return acceptance !== undefined && "accepted" in acceptance;
}

/** What was found out about one side of the mesh. */
export interface Judged {
    readonly findings: readonly Finding[];
    /** What may not be read, so that nobody can tell. */
    readonly unread: readonly string[];
    /** What was seen where nothing was found. */
    readonly seen: string;
}

/** How a check ends. What may not be read is no proof of anything. */
export function outcomeOf(expected: string, { findings, unread, seen }: Judged): Outcome {
    const red = findings.filter((finding) => !isAccepted(finding));
    const [first] = red;
    if (first !== undefined) {
        return failed(
            expected,
            listed(red.map(findingText)),
            `"${showObject(first.object)}" shows it; take it away, declare it, or answer for it in its annotation ${ACCEPTED_ANNOTATION}.`,
        );
    }
    if (unread.length > 0) {
        return skipped(`${unread.join("; ")}; permit it, and it is judged.`);
    }
    return findings.length === 0 ? passed(seen) : accepted(seen, findings.map(findingText));
}

function findingText({ object, text, acceptance }: Finding): string {
    const what = `${describeObject(object)} ${text}`;
    if (acceptance === undefined) {
        return what;
    }
    return "accepted" in acceptance
        ? `${what}: ${answerText(acceptance.accepted)}`
        : `${what} (${acceptance.refused})`;
}

/** The command that shows an object; its kind alone may mean another group's. */
function showObject({ apiVersion, kind, metadata: { name, namespace } }: ObjectRef): string {
    const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [];
    const type = [kind.toLowerCase(), ...(group === undefined ? [] : [group])].join(".");
    const where = namespace === undefined ? "" : ` --namespace ${namespace}`;
    return `kubectl get ${type} ${name}${where} --output yaml`;
}

/** Under which name the object was written last, as the API server noted it. */
export function writtenBy({ metadata }: LiveObject): string {
    const entries = metadata.managedFields ?? [];
    const managers = entries
        .filter(({ subresource = "" }) => subresource === "")
        .map(({ manager = "" }) => manager)
        .filter((manager) => manager !== "");
    return managers.length === 0 ? "" : ` (written by ${[...new Set(managers)].join(", ")})`;
}
