import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { stateResources } from "#review/subject/resources.ts";
import { checkResources } from "#policy/check.ts";
import type { Violation } from "#policy/check.ts";
import type { RegisteredResource } from "#policy/kubernetes-object.ts";
import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import type { Settings } from "#policy/settings.ts";
import { TODAY } from "./engine.ts";

/** Inputs retyped from public reports, each with its source in its first line. */
export const CASES_FOLDER = join(import.meta.dirname, "cases");

/** Cases that some test tells the right value of. */
export const judgedCases = new Set<string>();

interface Document {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: { readonly name: string };
    readonly name?: string;
}

/** The objects of a manifest, as a program would register them. */
function resourcesOf(text: string): RegisteredResource[] {
    return parseAllDocuments(text).map((document, index) => {
        const props = document.toJS() as Document;
        const { apiVersion, kind, metadata, name = metadata?.name ?? "" } = props;
        const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
        return { type, name, urn: `urn:pulumi:s::p::${type}::${index}-${name}`, props };
    });
}

/** What the pack says of some resources, by its rules' own levels. */
export function violationsIn(
    resources: readonly RegisteredResource[],
    settings: Partial<Settings> = {},
): Violation[] {
    return checkResources(rules, resources, {
        settings: { ...DEFAULT_SETTINGS, ...settings },
        levelOf: ({ level }) => level,
        now: new Date(`${TODAY}T12:00:00Z`),
    });
}

/** The findings as lines: `mandatory istio-...: <message>`. */
export async function findingsOf(file: string): Promise<string[]> {
    const path = join(CASES_FOLDER, file);
    const resources = file.endsWith(".json")
        ? await stateResources(path)
        : resourcesOf(await readFile(path, "utf8"));
    return violationsIn(resources).map(
        ({ level, rule, message }) => `${level} ${rule.name}: ${message}`,
    );
}

/**
 * Declares a test for each case.
 *
 * @param cases every finding of each file, as {@link findingsOf} writes it
 */
export function describeCases(
    kind: string,
    cases: Readonly<Record<string, readonly string[]>>,
): void {
    describe(kind, () => {
        for (const [file, findings] of Object.entries(cases)) {
            judgedCases.add(file);
            it(`judges ${file}`, async () => {
                assert.deepEqual((await findingsOf(file)).sort(), [...findings].sort());
            });
        }
    });
}
