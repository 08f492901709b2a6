import type { Path } from "#live/kubernetes/declared.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";

/** A field that somebody else wrote. */
export interface ForeignField {
    readonly path: Path;
    /** Name under which the writer wrote it. */
    readonly manager: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The engine's provider: by server-side apply for resources, by Helm for the objects of a release. */
const OURS = /^(pulumi-kubernetes|pulumi-resource-kubernetes)/;

/**
 * Controllers whose writing belongs to what was deployed: istiod puts its certificate into its webhooks, and the others
 * count revisions and finish what the API server began.
 */
const CONTROLLERS = new Set([
    "pilot-discovery",
    "kube-controller-manager",
    "kube-apiserver",
    "kube-scheduler",
    "kubelet",
]);

/** Keys of labels and annotations by which anybody can take a pod out of the mesh, or its rules away. */
const MESH_KEYS = /(^|\.)istio\.io\/|^istio-injection$|^pod-security\.kubernetes\.io\//;

/**
 * The fields of an object that others wrote and that are not theirs to write: changed by them, or added. Labels and
 * annotations are left to whoever needs them, except those that the mesh itself obeys; so is everything else of the
 * metadata, and the status.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function foreignFields(object: LiveObject): ForeignField[] {
    const entries = object.metadata.managedFields ?? [];
    const known = new Set<string>();
    for (const { manager = "", fieldsV1 } of entries) {
        if (OURS.test(manager) || CONTROLLERS.has(manager)) {
            collect(asFields(fieldsV1), "", known);
        }
    }
    const found = new Map<string, ForeignField>();
    for (const { manager = "", subresource = "", fieldsV1 } of entries) {
        if (OURS.test(manager) || CONTROLLERS.has(manager) || subresource === "status") {
            continue;
        }
        for (const path of unknownPaths(asFields(fieldsV1), object, "", [], known)) {
            for (const inner of withoutTheirs(object, path)) {
                found.set(describePath(inner), { path: inner, manager });
            }
        }
    }
    return [...found.values()];
}

/** Fields of an object that only controllers write, as {@link describePath} has them. */
export function controlledFields(object: LiveObject): ReadonlySet<string> {
    const paths = (object.metadata.managedFields ?? [])
        .filter(({ manager = "" }) => CONTROLLERS.has(manager))
        .flatMap(({ fieldsV1 }) => unknownPaths(asFields(fieldsV1), object, "", [], new Set()))
        .map(describePath);
    return new Set(paths);
}

function asFields(value: unknown): Fields {
    return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function collect(fields: Fields, at: string, into: Set<string>): void {
    for (const [key, inner] of Object.entries(fields)) {
        if (key === ".") {
            continue;
        }
        const place = `${at}/${key}`;
        into.add(place);
        collect(asFields(inner), place, into);
    }
}

/** Places of `fields` that are not among the known ones: a whole subtree by its root. */
function unknownPaths(
    fields: Fields,
    value: unknown,
    at: string,
    path: Path,
    known: ReadonlySet<string>,
): Path[] {
    return Object.entries(fields).flatMap(([key, inner]): Path[] => {
        if (key === ".") {
            return [];
        }
        const step = stepOf(key, value);
        // Written once, and gone since.
        if (step === undefined) {
            return [];
        }
        const place = `${at}/${key}`;
        const below = asFields(inner);
        const here = [...path, step];
        const isWhole = "." in below || Object.keys(below).length === 0;
        if (!known.has(place) && isWhole) {
            return [here];
        }
        const next = (value as Fields)[step];
        return unknownPaths(below, next, place, here, known);
    });
}

/** The step from `value` that a key of `fieldsV1` means; undefined where it leads nowhere. */
function stepOf(key: string, value: unknown): string | number | undefined {
    const kind = key.slice(0, 2);
    const rest = key.slice(2);
    if (kind === "f:") {
        return typeof value === "object" && value !== null && rest in value ? rest : undefined;
    }
    if (!Array.isArray(value)) {
        return undefined;
    }
    if (kind === "i:") {
        return Number(rest) < value.length ? Number(rest) : undefined;
    }
    const wanted: unknown = JSON.parse(rest);
    const index = value.findIndex((item) =>
        kind === "v:"
            ? item === wanted
            : Object.entries(asFields(wanted)).every(
                  ([name, part]) => asFields(item)[name] === part,
              ),
    );
    return index < 0 ? undefined : index;
}

/** A place without what is left to its writer; the single keys where it is a map of labels or annotations. */
function withoutTheirs(object: LiveObject, path: Path): Path[] {
    if (path[0] === "status") {
        return [];
    }
    const metadata = path.indexOf("metadata");
    if (metadata < 0) {
        return [path];
    }
    const [map, key] = path.slice(metadata + 1);
    if (map === undefined) {
        return ["labels", "annotations"].flatMap((name) => withoutTheirs(object, [...path, name]));
    }
    if (map !== "labels" && map !== "annotations") {
        return [];
    }
    const place = path.slice(0, metadata + 2);
    const keys = key === undefined ? Object.keys(asFields(valueAt(object, place))) : [String(key)];
    return keys.filter((each) => MESH_KEYS.test(each)).map((each) => [...place, each]);
}

/** The value at a place; undefined where there is none. */
export function valueAt(object: unknown, path: Path): unknown {
    return path.reduce<unknown>(
        (value, step) => (value as Fields | null | undefined)?.[step],
        object,
    );
}

/** A place as people write it: `spec.containers[1].image`. */
export function describePath(path: Path): string {
    return path.reduce<string>((text, step) => {
        if (typeof step === "number") {
            return `${text}[${step}]`;
        }
        if (/[./]/.test(step)) {
            return `${text}["${step}"]`;
        }
        return text === "" ? step : `${text}.${step}`;
    }, "");
}

/** A copy of an object without the fields at these places. */
export function without<T extends object>(object: T, paths: readonly Path[]): T {
    const copy = structuredClone(object);
    const lists = new Set<unknown[]>();
    for (const path of paths) {
        const holder = valueAt(copy, path.slice(0, -1));
        if (Array.isArray(holder)) {
            lists.add(holder);
        }
        if (typeof holder === "object" && holder !== null) {
            Reflect.deleteProperty(holder, path.at(-1) ?? "");
        }
    }
    for (const list of lists) {
        // Holes until now, so that the places of the others stayed what they were.
        list.splice(0, list.length, ...list.filter((_item, index) => index in list));
    }
    return copy;
}
