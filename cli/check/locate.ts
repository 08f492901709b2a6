import type { Change, ObjectRef, SourcePlace } from "#review/change.ts";
import { objectsByUrn } from "#review/pack.ts";
import type { CheckError } from "#review/report.ts";
import type { ChangedFile } from "#review/source/lines.ts";
import { ManifestLines } from "#review/source/manifests.ts";
import { declaredFor } from "#review/source/owners.ts";
import { SourcePlaces } from "#review/source/places.ts";
import { settingPlace, stackFile } from "#review/source/stack-file.ts";
import type { Side } from "./sides.ts";

/** Where lines are looked for. */
export interface LocatorArgs {
    /** The checkout, or the folder from which manifests were named. */
    readonly directory: string;
    /** Its path from the root of the repository, to which places are relative. */
    readonly prefix: string;
    readonly changed: readonly ChangedFile[];
    /** `undefined` for manifests. */
    readonly stack: string | undefined;
    readonly side: Side;
}

/** Finds the lines that cause what was found in one subject. */
export class Locator {
    readonly #args: LocatorArgs;
    readonly #places: SourcePlaces;
    readonly #manifests: ManifestLines;
    readonly #urns: ReadonlyMap<string, string>;

    constructor(args: LocatorArgs) {
        this.#args = args;
        this.#places = new SourcePlaces(args.directory, args.changed);
        this.#manifests = new ManifestLines(args.directory);
        this.#urns = new Map(
            Array.from(objectsByUrn(args.side.subject), ([urn, ref]) => [keyOf(ref), urn]),
        );
    }

    /** The line that makes a difference. */
    async ofChange({ declared, objects }: Change): Promise<SourcePlace | undefined> {
        const { stack } = this.#args;
        if (stack === undefined) {
            const [first] = objects;
            return first === undefined ? undefined : this.ofField(first, "");
        }
        return this.#placed(
            await this.#places.locate({
                objects,
                stack,
                ...(declared !== undefined && { declared }),
            }),
        );
    }

    /** The line that says a field of an object. */
    ofField(object: ObjectRef, path: string): Promise<SourcePlace | undefined> {
        const urn = this.#urns.get(keyOf(object));
        return urn === undefined ? Promise.resolve(undefined) : this.ofResource(urn, path, object);
    }

    /** The line that says a field of what was registered. */
    async ofResource(
        urn: string,
        path: string,
        object: ObjectRef | undefined,
    ): Promise<SourcePlace | undefined> {
        const { stack, side } = this.#args;
        if (stack === undefined) {
            return this.#placed(await this.#manifests.placeOf(urn, path));
        }
        const workload = side.owners.workloadOf(urn);
        return this.#placed(
            await this.#places.locate({
                stack,
                objects: object === undefined ? [] : [object],
                ...(workload !== undefined && {
                    declared: declaredFor(workload, object?.kind ?? "", path),
                }),
            }),
        );
    }

    #placed(found: SourcePlace | undefined): SourcePlace | undefined {
        return found === undefined
            ? undefined
            : { ...found, file: `${this.#args.prefix}${found.file}` };
    }
}

function keyOf({ kind, namespace = "", name }: ObjectRef): string {
    return `${kind} ${namespace}/${name}`;
}

/** A problem of a stack's configuration, as the program lists them. */
const PROBLEM = /^ {2}(?<key>[\w-]+:[\w-]+)(?<path>[.[][^:\s]*)?: /;

/** Why a stack could not be rendered, each problem of its configuration by itself, with its line. */
export async function placedErrors(
    message: string,
    {
        directory,
        prefix,
        stack,
    }: Pick<LocatorArgs, "directory" | "prefix"> & { readonly stack: string },
): Promise<CheckError[]> {
    const problems = message.split("\n").flatMap((line) => {
        const key = PROBLEM.exec(line)?.groups?.["key"];
        return key === undefined ? [] : [{ key, message: line.trim() }];
    });
    const all = problems.length === 0 ? [{ key: undefined, message }] : problems;
    return Promise.all(
        all.map(async ({ key, message: text }) => {
            const place =
                key === undefined ? undefined : await settingPlace(directory, stack, [key]);
            return {
                message: text,
                source: {
                    file: `${prefix}${place?.file ?? stackFile(stack)}`,
                    line: place?.line ?? 1,
                },
            };
        }),
    );
}
