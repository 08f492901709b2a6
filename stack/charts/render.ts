import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { z } from "zod";
import { inPrivateFolder } from "#files.ts";
import type { DeclaredObject, DeclaredRelease } from "../declared-objects.ts";
import { holdsMark } from "../render/values.ts";
import type { Helm } from "./helm.ts";
import { runHelm } from "./helm.ts";
import { steady } from "./generated.ts";
import { ChartFinder, chartName } from "./places.ts";
import type { ChartPlaces } from "./places.ts";
import { kubernetesYaml } from "./yaml.ts";

/** What a chart makes, or why that is not known. */
export type RenderedChart =
    | { readonly objects: readonly DeclaredObject[] }
    | {
          /** One sentence without its full stop, which names the chart. */
          readonly missing: string;
          /** Whether the chart was there, and did not take the release's values. */
          readonly refused?: true;
      };

/** What is there when a release is installed. */
export interface Surroundings {
    /** For example `1.34.4`. */
    readonly kubernetesVersion: string;
    /** What CRDs have brought, as `group/version` and `group/version/Kind`; Kubernetes' own are known. */
    readonly apiVersions: readonly string[];
}

/** How long a chart may take. */
const TEMPLATE_SECONDS = 30;
/** Helm at once; a chart takes a core for a while. */
const PARALLEL = 2;

/** A function of templates of which each call gives something else. */
const GENERATING =
    /\b(?:gen(?:CA|SelfSignedCert|SignedCert|PrivateKey)\w*|rand(?:Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|uuidv4|now|ago|shuffle|htpasswd|bcrypt|encryptAES)\b/;
/** Files of a chart that may hold one, or hold a chart that does. */
const MAY_HOLD = /\.(?:ya?ml|tpl|txt|tgz)$/;
/** A chart in one file is not looked into. */
const ARCHIVE = ".tgz";

/** Renders charts as Helm would install them, each combination of chart, values and surroundings once. */
export class ChartRenderer {
    readonly #helm: Helm;
    readonly #finder: ChartFinder;
    readonly #limit = pLimit(PARALLEL);
    readonly #rendered = new Map<string, Promise<RenderedChart>>();

    constructor(helm: Helm, places: ChartPlaces) {
        this.#helm = helm;
        this.#finder = new ChartFinder(places, helm);
    }

    /**
     * What a release's chart makes, its CRDs too and its hooks not. Objects that name no namespace are in the release's,
     * if they are in any.
     *
     * @throws the signal's reason where it ended the work
     */
    render(release: DeclaredRelease, surroundings: Surroundings): Promise<RenderedChart> {
        const key = JSON.stringify([release, surroundings]);
        const rendered =
            this.#rendered.get(key) ?? this.#limit(() => this.#render(release, surroundings));
        this.#rendered.set(key, rendered);
        return rendered;
    }

    async #render(release: DeclaredRelease, surroundings: Surroundings): Promise<RenderedChart> {
        const title = titleOf(release);
        const beyond = beyondHelm(release);
        if (beyond !== undefined) {
            return { missing: `${title} was not rendered: ${beyond}` };
        }
        const found = await this.#finder.find(release);
        if (!("path" in found)) {
            return { missing: `${title} is not there: ${found.reasons.join("; ")}` };
        }
        const outcome = await this.#template(release, found.path, surroundings);
        const made = "failure" in outcome ? outcome : objectsIn(outcome.texts);
        return "failure" in made
            ? {
                  missing: `${title} cannot be rendered with its values: ${made.failure}`,
                  // What it would say to the values behind the marks nobody knows.
                  ...(!holdsMark(release.values) && { refused: true }),
              }
            : made;
    }

    /** One text, and a second one where the chart may generate something, which then differs. */
    async #template(
        release: DeclaredRelease,
        path: string,
        { kubernetesVersion, apiVersions }: Surroundings,
    ): Promise<{ readonly texts: readonly string[] } | { readonly failure: string }> {
        return inPrivateFolder(async (folder) => {
            const values = join(folder, "values.json");
            await writeFile(values, JSON.stringify(release.values ?? {}), { mode: 0o600 });
            const args = [
                "template",
                release.name,
                path,
                ...["--namespace", release.namespace, "--values", values],
                ...["--kube-version", kubernetesVersion],
                ...apiVersions.flatMap((version) => ["--api-versions", version]),
                ...(release.skipCrds === true ? [] : ["--include-crds"]),
                ...["--no-hooks", "--skip-tests"],
            ];
            const texts: string[] = [];
            const needed = (await mayGenerate(path)) ? 2 : 1;
            while (texts.length < needed) {
                const outcome = await runHelm(this.#helm, args, TEMPLATE_SECONDS);
                if ("failure" in outcome) {
                    return outcome;
                }
                texts.push(outcome.stdout);
            }
            return { texts };
        });
    }
}

/** A chart as a sentence names it. */
export function titleOf({ chart, version, name, repositoryOpts }: DeclaredRelease): string {
    const of = [chartName(chart), version].filter((part) => part !== undefined).join(" ");
    const from = repositoryOpts?.repo === undefined ? "" : ` (${repositoryOpts.repo})`;
    return `chart ${of} of release ${name}${from}`;
}

/** What of a release is beyond a rendering of its chart. */
function beyondHelm({ valueYamlFiles, postrender }: DeclaredRelease): string | undefined {
    if (Array.isArray(valueYamlFiles) && valueYamlFiles.length > 0) {
        return "it takes values from files (valueYamlFiles)";
    }
    return postrender === undefined || postrender === ""
        ? undefined
        : "a command changes what it makes (postrender)";
}

/** Whether an action of a template calls such a function. */
function isGenerating(text: string): boolean {
    return text
        .split("}}")
        .some((part) => part.includes("{{") && GENERATING.test(part.slice(part.indexOf("{{"))));
}

/** Whether each rendering of a chart may give something else. */
async function mayGenerate(path: string): Promise<boolean> {
    if (path.endsWith(ARCHIVE)) {
        return true;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
        .filter((entry) => entry.isFile() && MAY_HOLD.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));
    if (files.some((file) => file.endsWith(ARCHIVE))) {
        return true;
    }
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return texts.some(isGenerating);
}

/** The objects in what Helm wrote, Lists taken apart; of two renderings what they have in common. */
function objectsIn(texts: readonly string[]): Made {
    try {
        const [first = [], second = first] = texts.map(kubernetesYaml);
        return { objects: expanded(steady(first, second)) };
    } catch (error) {
        const [line = ""] = String(error).split("\n");
        return { failure: `it makes no YAML (${line})` };
    }
}

type Made = { readonly objects: readonly DeclaredObject[] } | { readonly failure: string };

const list = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });
const manifest = z.looseObject({ apiVersion: z.string(), kind: z.string() });

function expanded(value: unknown): readonly DeclaredObject[] {
    if (Array.isArray(value)) {
        return value.flatMap(expanded);
    }
    const items = list.safeParse(value).data?.items;
    if (items !== undefined) {
        return items.flatMap(expanded);
    }
    // What is no object, such as an empty document, Helm does not install either.
    return manifest.safeParse(value).success ? [value as DeclaredObject] : [];
}
