import { dump } from "js-yaml";
import type { ChartRelease, Subject } from "#review/subject.ts";
import { GENERATED_MARK } from "#stack/charts/generated.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { SECRET_MARK, UNKNOWN_MARK } from "#stack/render/values.ts";

/** An object, and the release whose chart makes it. */
interface Placed {
    readonly object: DeclaredObject;
    readonly release?: ChartRelease;
}

/** What stands first in an object; everything else is sorted. */
const FIRST = ["apiVersion", "kind", "metadata"];
const MARKS: readonly unknown[] = [SECRET_MARK, UNKNOWN_MARK, GENERATED_MARK];
/** Fields of an object or of its parts whose texts are base64. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
    Secret: ["data"],
    ConfigMap: ["binaryData"],
};
const CA_BUNDLE = "caBundle";

/**
 * Everything of a subject as Kubernetes YAML that `kubectl apply` takes: namespaces and definitions first, webhooks and
 * policies of admission last, because from then on they judge the rest.
 */
export function manifestsText({ objects, releases }: Subject): string {
    const all: readonly Placed[] = [
        ...objects.map((object) => ({ object })),
        ...releases.flatMap((release) =>
            (release.objects ?? []).map((object) => ({ object, release })),
        ),
    ];
    const keyed = all.map((placed) => ({ key: keyOf(placed), text: textOf(placed) }));
    return keyed
        .sort((one, other) => compare(one.key, other.key))
        .map(({ text }) => `---\n${text}`)
        .join("");
}

function keyOf({ object, release }: Placed): readonly string[] {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace = "" } = metadata;
    return [rankOf(object), apiVersion, kind, namespace, name, release?.name ?? ""];
}

function rankOf({ apiVersion, kind }: DeclaredObject): string {
    if (apiVersion === "v1" && kind === "Namespace") {
        return "0";
    }
    if (kind === "CustomResourceDefinition") {
        return "1";
    }
    return apiVersion.startsWith("admissionregistration.k8s.io/") ? "3" : "2";
}

/** By code points: the same in every language. */
function compare(one: readonly string[], other: readonly string[]): number {
    const index = one.findIndex((part, place) => part !== other[place]);
    return index === -1 ? 0 : (one[index] ?? "") < (other[index] ?? "") ? -1 : 1;
}

function textOf({ object, release }: Placed): string {
    const text = dump(encoded(object), {
        indent: 4,
        lineWidth: -1,
        noRefs: true,
        sortKeys: byName,
    });
    return release === undefined ? text : `${commentOf(release)}\n${text}`;
}

function commentOf({ name, chart, version }: ChartRelease): string {
    return `# release ${name}, chart ${[chart, version].filter((part) => part !== undefined).join(" ")}`;
}

function byName(one: string, other: string): number {
    const [first, second] = [rankIn(one), rankIn(other)];
    return first === second ? (one < other ? -1 : 1) : first - second;
}

function rankIn(key: string): number {
    const index = FIRST.indexOf(key);
    return index === -1 ? FIRST.length : index;
}

/** An object whose marks are base64 where the API takes nothing else. */
function encoded(object: DeclaredObject): unknown {
    const binary = BINARY[object.kind] ?? [];
    return Object.fromEntries(
        Object.entries(object).map(([key, value]) => [
            key,
            binary.includes(key) ? withMarks(value, true) : withMarks(value, false),
        ]),
    );
}

function withMarks(value: unknown, isBinary: boolean): unknown {
    if (Array.isArray(value)) {
        return value.map((inner) => withMarks(inner, isBinary));
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value).map(([key, inner]) => [
                key,
                withMarks(inner, isBinary || key === CA_BUNDLE),
            ]),
        );
    }
    return isBinary && MARKS.includes(value)
        ? Buffer.from(String(value)).toString("base64")
        : value;
}
