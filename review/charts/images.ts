import * as semver from "semver";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { ChartRelease } from "../subject.ts";
import { sentenceOf, valueChanges } from "./values.ts";

/** An image before and after. */
export interface ImageChange {
    /** For example `runs docker.io/istio/pilot:1.31.1 instead of 1.31.0`. */
    readonly text: string;
    /** Whether the version is an older one. */
    readonly isOlder: boolean;
}

/** The lists of containers in the specification of a pod. */
const CONTAINERS = new Set(["containers", "initContainers", "ephemeralContainers"]);
/** What an image's value is called in charts. */
const OF_AN_IMAGE = /^(?:image|hub|tag|repository|registry|digest|variant)$/i;

/** How the images of a release differ: by its objects, or by its values where these are not known. */
export function imageChanges(before: ChartRelease, after: ChartRelease): readonly ImageChange[] {
    return before.objects !== undefined && after.objects !== undefined
        ? byObjects(imagesIn(before.objects), imagesIn(after.objects))
        : byValues(before, after);
}

/** The images that objects run, sorted. */
export function imagesIn(objects: readonly DeclaredObject[]): readonly string[] {
    return [...new Set(objects.flatMap(({ spec }) => imagesOf(spec)))].sort();
}

function imagesOf(value: unknown): readonly string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
        CONTAINERS.has(key) && Array.isArray(inner)
            ? inner.flatMap((container: { readonly image?: unknown } | null) =>
                  typeof container?.image === "string" ? [container.image] : [],
              )
            : imagesOf(inner),
    );
}

interface Image {
    readonly name: string;
    /** Tag, digest or both. */
    readonly version: string;
}

/** A reference taken apart; the colon of a port is none of a tag. */
function imageOf(reference: string): Image {
    const [, name = reference, version = ""] =
        /^(.+?)((?::[^:/@]+)?(?:@[^@]+)?)$/.exec(reference) ?? [];
    return { name, version: version.replace(/^[:@]/, "") };
}

function byObjects(before: readonly string[], after: readonly string[]): readonly ImageChange[] {
    const gone = before.filter((image) => !after.includes(image)).map(imageOf);
    const come = after.filter((image) => !before.includes(image)).map(imageOf);
    const replaced = come.map((image) => {
        const earlier = gone.filter(({ name }) => name === image.name);
        const reference = referenceOf(image);
        return earlier.length === 0
            ? { text: `runs ${reference} as well`, isOlder: false }
            : {
                  text: `runs ${reference} instead of ${earlier.map(({ version }) => (version === "" ? "no tag" : version)).join(", ")}`,
                  isOlder: earlier.every(({ version }) => isOlder(image.version, version)),
              };
    });
    const names = new Set(come.map(({ name }) => name));
    const ended = gone
        .filter(({ name }) => !names.has(name))
        .map((image) => ({ text: `no longer runs ${referenceOf(image)}`, isOlder: false }));
    return [...replaced, ...ended];
}

function referenceOf({ name, version }: Image): string {
    return version === "" ? name : `${name}${version.startsWith("sha256:") ? "@" : ":"}${version}`;
}

function byValues(before: ChartRelease, after: ChartRelease): readonly ImageChange[] {
    return valueChanges(before.values, after.values)
        .filter(({ path }) => isOfImage(path))
        .map((change) => ({
            text: `takes its image by ${sentenceOf(change)}`,
            isOlder:
                typeof change.before === "string" &&
                typeof change.after === "string" &&
                isOlder(versionIn(change.after), versionIn(change.before)),
        }));
}

/** The version in a whole reference, or in a tag by itself. */
function versionIn(text: string): string {
    const { version } = imageOf(text);
    return version === "" ? text : version;
}

/** Whether a path of values says which image is run. */
export function isOfImage(path: readonly string[]): boolean {
    return OF_AN_IMAGE.test(path.at(-1) ?? "");
}

/** Whether a version is older than another one; of what is no version nobody knows. */
export function isOlder(version: string, than: string): boolean {
    const [one, other] = [version, than].map((text) => semver.parse(text.replace(/^v/, "")));
    return one !== null && other !== null && one !== undefined && other !== undefined
        ? semver.lt(one, other)
        : false;
}
