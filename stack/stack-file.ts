import type { Document } from "yaml";
import { isMap, parseDocument } from "yaml";
import { MOST_BYTES, readText, writeIfChanged } from "#files.ts";
import type { CanaryIntent } from "#model/intents.ts";
import { notYaml } from "./documents.ts";
import { defaultProgram, readProject, stackFilePath } from "./project.ts";

/** What a stack's configuration says about one service's versions. */
export interface ReleaseState {
    readonly canary: CanaryIntent | undefined;
    /** Image of the service's own versions; `undefined` for the declared one. */
    readonly image: string | undefined;
}

const CANARIES = ["config", "mesh:canaries"] as const;
const IMAGES = ["config", "mesh:serviceImages"] as const;

/** The file's permissions are those of a checkout's. */
const MODE = 0o644;

/** Where a stack's configuration file lies. */
export async function stackFileOf(stack: string): Promise<string> {
    return stackFilePath(await readProject(defaultProgram()), stack);
}

/**
 * The text of a stack's file with another state of one service. Everything else stays as it is written, comments and
 * order too; a key that would be left empty goes.
 *
 * @throws EnvironmentError for a text that is not YAML
 */
export function withRelease(text: string, service: string, state: ReleaseState): string {
    const document = parseDocument(text);
    const [problem] = document.errors;
    if (problem !== undefined) {
        throw notYaml("The stack's file", problem.linePos?.[0].line ?? 1, problem.code);
    }
    put(document, [...CANARIES, service], state.canary);
    put(document, [...IMAGES, service], state.image);
    return document.toString({ indent: indentOf(text), lineWidth: 0 });
}

/** Sets a value, or takes it out together with the map that it leaves empty. A value that is there already stays. */
function put(document: Document, path: readonly string[], value: unknown): void {
    const parent = path.slice(0, -1);
    if (value === undefined) {
        if (!document.hasIn(path)) {
            return;
        }
        document.deleteIn(path);
        const map = document.getIn(parent);
        if (isMap(map) && map.items.length === 0) {
            document.deleteIn(parent);
        }
        return;
    }
    const root = document.get("config");
    if (!isMap(root)) {
        document.set("config", document.createNode({}));
    }
    if (!isMap(document.getIn(parent))) {
        document.setIn(parent, document.createNode({}));
    }
    if (typeof value !== "string" || document.getIn(path) !== value) {
        document.setIn(path, document.createNode(value));
    }
}

/** Columns by which the file indents; four where it has nothing indented. */
function indentOf(text: string): number {
    return /^( +)\S/m.exec(text)?.[1]?.length ?? 4;
}

/** Reads a stack's file as it is. */
export async function readStackFile(file: string): Promise<string> {
    return readText(file, MOST_BYTES.configuration);
}

/** Writes a stack's file as a whole or not at all. */
export async function writeStackFile(file: string, text: string): Promise<void> {
    await writeIfChanged(file, text, MODE);
}
