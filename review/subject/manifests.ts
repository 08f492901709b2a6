import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Document } from "yaml";
import { isCollection, visit } from "yaml";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { MOST_BYTES, readStream, readText, shownName } from "#files.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { assertShallow, notYaml, valueOf } from "#stack/documents.ts";
import { kubernetesYaml } from "../source/kubernetes-yaml.ts";
import type { Reading } from "./resources.ts";
import { secretsOf } from "./secret-fields.ts";

/** Files of a folder that are read; others in it are no manifests. */
const EXTENSIONS: readonly string[] = [".yaml", ".yml", ".json"];
/** Stands for what comes in on stdin. */
const STDIN = "-";

const manifest = z.looseObject({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    metadata: z.looseObject({ name: z.string().optional() }).optional(),
});
const list = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

/** A text of YAML or JSON, and where it came from. */
interface Source {
    readonly name: string;
    readonly text: string;
    /** Whether it was named, and not only found in a folder. */
    readonly named: boolean;
}

/** What was read of some manifests. */
export interface Manifests {
    readonly resources: readonly RegisteredResource[];
    /** Files that were found in a folder and hold no object of Kubernetes. */
    readonly leftOut: readonly string[];
}

/**
 * The Kubernetes objects in files of YAML or JSON, as a program would register them: several documents a file, and
 * Lists of them.
 *
 * @param paths files, folders that are looked through to their ends, or `-` for stdin
 * @throws EnvironmentError for what cannot be read, and for a named file without an object of Kubernetes
 */
export async function manifestResources(
    paths: readonly string[],
    reading: Reading,
): Promise<Manifests> {
    const sources = (await Promise.all(paths.map(sourcesAt))).flat();
    const leftOut: string[] = [];
    const resources = sources.flatMap((source) => {
        const found = objectsIn(source);
        if (found.length === 0) {
            if (source.named) {
                throw new EnvironmentError(
                    `${source.name} holds no object of Kubernetes: apiVersion and kind are needed.`,
                );
            }
            leftOut.push(source.name);
        }
        return found.map((object) => registered(object, reading));
    });
    return { resources, leftOut };
}

async function sourcesAt(path: string): Promise<Source[]> {
    if (path === STDIN) {
        return [
            {
                name: "stdin",
                text: await readStream("stdin", process.stdin, MOST_BYTES.manifests),
                named: true,
            },
        ];
    }
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) {
        const entries = await readdir(path, { recursive: true, withFileTypes: true });
        const files = entries
            .filter((entry) => entry.isFile() && EXTENSIONS.includes(extname(entry.name)))
            .map((entry) => join(entry.parentPath, entry.name))
            .sort();
        return Promise.all(files.map((file) => sourceOf(file, false)));
    }
    if (found === undefined) {
        throw new EnvironmentError(`There is no file and no folder ${shownName(path)}.`);
    }
    return [await sourceOf(path, true)];
}

async function sourceOf(file: string, named: boolean): Promise<Source> {
    return { name: file, text: await readText(file, MOST_BYTES.manifests), named };
}

/** An object, and the place where it is written. */
interface Placed {
    readonly place: string;
    readonly object: unknown;
}

function objectsIn({ name, text: content }: Source): Placed[] {
    assertShallow(name, content);
    const { lines, documents } = kubernetesYaml(content);
    const lineAt = (place: number): number => lines.linePos(place).line;
    return documents.flatMap((document) => {
        const problem = problemOf(document);
        if (problem !== undefined) {
            throw notYaml(name, lineAt(problem.place), problem.code, TEMPLATE_HINT);
        }
        const line = lineAt(document.contents?.range[0] ?? 0);
        return expanded({
            place: `${name}:${line}`,
            object: valueOf(document, name, content),
        });
    });
}

const TEMPLATE_HINT = "; a template has to be rendered first, for example by helm template";

interface Problem {
    readonly code: string;
    readonly place: number;
}

/** Why Kubernetes could not read a document. `a: {{ .b }}` is YAML in which a map is a key, and no object has such a key. */
function problemOf(document: Document.Parsed): Problem | undefined {
    const [error] = document.errors;
    if (error !== undefined) {
        return { code: error.code, place: error.pos[0] };
    }
    let found: Problem | undefined;
    visit(document, {
        Pair: (_, { key }) => {
            if (isCollection(key)) {
                found = { code: "MAP_AS_KEY", place: key.range?.[0] ?? 0 };
                return visit.BREAK;
            }
            return undefined;
        },
    });
    return found;
}

/** The objects of a List, each by itself. */
function expanded({ place, object }: Placed): Placed[] {
    const items = list.safeParse(object).data?.items;
    if (items !== undefined) {
        return items.flatMap((item, index) =>
            expanded({ place: `${place}, item ${index + 1}`, object: item }),
        );
    }
    return manifest.safeParse(object).success ? [{ place, object }] : [];
}

function registered({ place, object }: Placed, reading: Reading): RegisteredResource {
    const { apiVersion, kind, metadata, ...rest } = manifest.parse(object);
    const version = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    const type = `kubernetes:${version}:${kind}`;
    const props = reading.propsOf(type, place, { apiVersion, kind, metadata, ...rest });
    if (kind === "Secret") {
        reading.secrets.add(place, secretsOf({ metadata, ...rest }));
    }
    return { type, name: metadata?.name ?? "", urn: place, props };
}
