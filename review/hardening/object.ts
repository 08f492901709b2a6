import { isChosen } from "#model/label-selector.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";

export type Fields = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

/** What an object is judged by, beside itself. */
export interface Surroundings {
    readonly before: readonly DeclaredObject[];
    readonly after: readonly DeclaredObject[];
    /** Names that workloads have on one side alone: an object that lists workloads is the same but for them. */
    readonly passing: readonly string[];
}

/** What is weaker about an object that changed, came (`was` absent) or went (`is` absent); one of its kind. */
export type Judge = (
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
    surroundings: Surroundings,
) => string | undefined;

export function hasPods(object: DeclaredObject | undefined): boolean {
    return Object.keys(podOf(object)).length > 0;
}

/** What a template, or a pod itself, says of the pod. */
export function podOf(object: DeclaredObject | undefined): Fields {
    return object?.kind === "Pod" ? spec(object) : fields(templateOf(object)["spec"]);
}

export function podMetadata(object: DeclaredObject | undefined): Fields {
    return fields(object?.kind === "Pod" ? object.metadata : templateOf(object)["metadata"]);
}

export function podLabels(object: DeclaredObject): Fields {
    return fields(podMetadata(object)["labels"]);
}

/** Whether a selector of labels takes some pods; one that is empty takes all. */
export function selects(selector: unknown, labels: Fields): boolean {
    const { matchLabels } = fields(selector);
    return isChosen(
        {
            matchLabels: fields(matchLabels) as Labels,
            matchExpressions: entriesOf(fields(selector), "matchExpressions").map((expression) => ({
                key: word(expression["key"]),
                operator: word(expression["operator"]),
                values: listed(expression, "values").map(word),
            })),
        },
        labels as Labels,
    );
}

function templateOf(object: DeclaredObject | undefined): Fields {
    const own = spec(object);
    return fields(own["template"] ?? fields(fields(own["jobTemplate"])["spec"])["template"]);
}

export function spec(object: DeclaredObject | undefined): Fields {
    return fields(object?.spec);
}

export function fields(value: unknown): Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Fields)
        : {};
}

export function listed(holder: object, field: string): readonly unknown[] {
    const value: unknown = Reflect.get(holder, field);
    return Array.isArray(value) ? value : [];
}

/** Elements of a list that have fields. */
export function entriesOf(holder: object, field: string): readonly Fields[] {
    return listed(holder, field).map(fields);
}

export function text(value: unknown): string {
    return value === undefined ? "" : JSON.stringify(value);
}

/** A text, number or flag as people write it; empty for anything else. */
export function word(value: unknown): string {
    switch (typeof value) {
        case "string":
            return value;
        case "number":
        case "boolean":
            return String(value);
        default:
            return "";
    }
}

/** Pods that are there afterwards, and are selected. */
export function podsSelected(
    objects: readonly DeclaredObject[],
    namespace: string | undefined,
    selector: unknown,
): readonly DeclaredObject[] {
    return objects.filter(
        (object) =>
            object.metadata.namespace === namespace &&
            hasPods(object) &&
            selects(selector, podLabels(object)),
    );
}
