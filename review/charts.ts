import type { Change, ObjectRef } from "./change.ts";
import { definitionChanges } from "./charts/definitions.ts";
import { imageChanges, imagesIn, isOfImage, isOlder } from "./charts/images.ts";
import type { ObjectChanges, ObjectTexts } from "./charts/objects.ts";
import { objectChanges, objectTexts } from "./charts/objects.ts";
import type { ReleasePair } from "./charts/release.ts";
import { chartOf, handful, haveSameInputs, pairsOf, refOf } from "./charts/release.ts";
import { sentenceOf, valueChanges } from "./charts/values.ts";
import type { ChartRelease, Compare } from "./subject.ts";

/** Every object of both subjects. */
interface Texts {
    readonly before: ObjectTexts;
    readonly after: ObjectTexts;
}

/** How the releases of two subjects differ: charts, images, what they make, and the kinds that they define. */
export const compareCharts: Compare = (before, after) => {
    const texts = { before: objectTexts(before), after: objectTexts(after) };
    return [
        ...pairsOf(before.releases, after.releases).flatMap((pair) => changesOf(pair, texts)),
        ...definitionChanges(before, after),
    ];
};

function changesOf({ before, after }: ReleasePair, texts: Texts): readonly Change[] {
    if (before === undefined) {
        return after === undefined ? [] : addedRelease(after, texts);
    }
    if (after === undefined) {
        return removedRelease(before, texts);
    }
    return [
        ...chartChange(before, after),
        ...imageChanges(before, after).map(({ text, isOlder: older }) =>
            change(after, "image", `release ${after.name} ${text}`, {
                weaker: older ? LACKS_FIXES : undefined,
            }),
        ),
        ...contentChanges(before, after, texts),
    ];
}

const LACKS_FIXES = "an older version lacks what was mended since";

/** What the objects of a change are, where they are not the release, and why it is weaker. */
interface Details {
    readonly weaker?: string | undefined;
    readonly objects?: readonly ObjectRef[];
}

function change(
    release: ChartRelease,
    kind: string,
    text: string,
    { weaker, objects = [refOf(release)] }: Details = {},
): Change {
    return {
        topic: "charts",
        kind: `charts/${kind}`,
        about: release.name,
        text,
        ...(weaker !== undefined && { weaker }),
        objects,
    };
}

function addedRelease(release: ChartRelease, texts: Texts): readonly Change[] {
    const { name, namespace, objects } = release;
    const images = imagesIn(objects ?? []);
    const runs = images.length === 0 ? "" : `, and runs ${handful(images)}`;
    const text = `release ${name} is new in ${namespace}, of chart ${chartOf(release)}${runs}`;
    return [
        change(release, "added", text),
        ...(objects === undefined
            ? notCompared(release)
            : madeChanges(release, objectChanges([], objects, texts))),
    ];
}

function removedRelease(release: ChartRelease, texts: Texts): readonly Change[] {
    const { name, namespace, objects } = release;
    const text = `release ${name} is gone from ${namespace}, of chart ${chartOf(release)}`;
    return [
        change(release, "removed", text),
        ...(objects === undefined ? [] : madeChanges(release, objectChanges(objects, [], texts))),
    ];
}

function chartChange(before: ChartRelease, after: ChartRelease): readonly Change[] {
    const { name } = after;
    if (before.chart !== after.chart) {
        const text = `release ${name} is of chart ${chartOf(after)}, was of ${chartOf(before)}`;
        return [change(after, "chart", text)];
    }
    if (before.version === after.version) {
        return [];
    }
    const [from = "a folder", to = "a folder"] = [before.version, after.version];
    return [
        change(after, "version", `release ${name} has chart ${after.chart} ${to}, had ${from}`, {
            weaker: isOlder(to, from) ? LACKS_FIXES : undefined,
        }),
    ];
}

/** What charts make, where both are known; else the values that they make it of. */
function contentChanges(
    before: ChartRelease,
    after: ChartRelease,
    texts: Texts,
): readonly Change[] {
    if (before.objects !== undefined && after.objects !== undefined) {
        return madeChanges(after, objectChanges(before.objects, after.objects, texts));
    }
    if (haveSameInputs(before, after)) {
        return [];
    }
    // Those of images are said by themselves.
    const values = valueChanges(before.values, after.values)
        .filter(({ path }) => !isOfImage(path))
        .map(sentenceOf);
    return [
        ...(values.length === 0
            ? []
            : [
                  change(
                      after,
                      "values",
                      `release ${after.name} has other values: ${values.slice(0, VALUES).join("; ")}${rest(values.length)}`,
                  ),
              ]),
        ...notCompared(after.objects === undefined ? after : before),
    ];
}

/** How many values a sentence names. */
const VALUES = 8;

function rest(count: number): string {
    return count > VALUES ? `; and ${count - VALUES} more` : "";
}

function madeChanges(
    release: ChartRelease,
    { changed, added, removed }: ObjectChanges,
): readonly Change[] {
    const parts = [
        ...partOf(changed, "changes", "change"),
        ...partOf(added, "is new", "are new"),
        ...partOf(removed, "is gone", "are gone"),
    ];
    return parts.length === 0
        ? []
        : [
              change(release, "objects", `of release ${release.name} ${parts.join("; ")}`, {
                  objects: [...changed, ...added, ...removed],
              }),
          ];
}

function partOf(objects: readonly ObjectRef[], one: string, many: string): readonly string[] {
    const [first] = objects;
    if (first === undefined) {
        return [];
    }
    const names = handful(objects.map(({ kind, name }) => `${kind} ${name}`));
    return objects.length === 1
        ? [`${names} ${one}`]
        : [`${objects.length} objects ${many} (${names})`];
}

function notCompared(release: ChartRelease): readonly Change[] {
    const why = release.missing ?? `chart ${chartOf(release)} was not rendered`;
    return [
        change(
            release,
            "not-compared",
            `what release ${release.name} makes cannot be compared: ${why}`,
        ),
    ];
}
