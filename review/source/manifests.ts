import { relative, resolve, sep } from "node:path";
import { MOST_BYTES, readText } from "#files.ts";
import type { SourcePlace } from "../change.ts";
import { kubernetesYaml } from "./kubernetes-yaml.ts";
import type { KubernetesYaml } from "./kubernetes-yaml.ts";
import { lineBelow, nodeAt, stepsOf } from "./yaml-lines.ts";

/** Where `review/subject/manifests.ts` says that an object is written, for example `a.yaml:12, item 3`. */
const PLACE = /^(?<file>.+):(?<line>\d+)(?<items>(?:, item \d+)*)$/s;

/** Finds the lines of fields in manifests; each file is read once. */
export class ManifestLines {
    readonly #root: string;
    readonly #files = new Map<string, Promise<KubernetesYaml | undefined>>();

    /** @param root of the repository, to which places are relative */
    constructor(root: string) {
        this.#root = root;
    }

    /**
     * The line of a field of an object, or of the longest part of its path that is written.
     *
     * @param urn as manifests are registered
     * @param path as a rule or a schema names the field, for example `spec.http[0].timeout`
     * @returns undefined for what is in no file of the repository
     */
    async placeOf(urn: string, path: string): Promise<SourcePlace | undefined> {
        const { file, line, items = "" } = PLACE.exec(urn)?.groups ?? {};
        const name = file === undefined ? undefined : this.#nameOf(file);
        if (file === undefined || name === undefined) {
            return undefined;
        }
        const parsed = await this.#parsed(file);
        const document = parsed?.documents.find(
            ({ contents }) => parsed.lines.linePos(contents?.range[0] ?? 0).line === Number(line),
        );
        if (parsed === undefined || document === undefined) {
            return { file: name, line: Number(line) };
        }
        const listed = [...items.matchAll(/\d+/g)].flatMap(([item]) => ["items", Number(item) - 1]);
        const object = nodeAt(document, listed);
        return {
            file: name,
            line:
                object === undefined
                    ? Number(line)
                    : lineBelow(document, parsed.lines, object, stepsOf(path)),
        };
    }

    #nameOf(file: string): string | undefined {
        const steps = relative(this.#root, resolve(file)).split(sep);
        return steps[0] === ".." ? undefined : steps.join("/");
    }

    #parsed(file: string): Promise<KubernetesYaml | undefined> {
        const known = this.#files.get(file) ?? parse(file);
        this.#files.set(file, known);
        return known;
    }
}

async function parse(file: string): Promise<KubernetesYaml | undefined> {
    const text = await readText(file, MOST_BYTES.manifests).catch(() => undefined);
    return text === undefined ? undefined : kubernetesYaml(text);
}
