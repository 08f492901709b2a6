import { stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { DeclaredRelease } from "../declared-objects.ts";
import { readYaml } from "../documents.ts";
import type { Helm } from "./helm.ts";
import { runHelm } from "./helm.ts";

/** Where charts may be taken from beside what a release itself says. */
export interface ChartPlaces {
    /** A folder with `<chart>/` or `<chart>-<version>.tgz`, or an `oci://` mirror; asked first. */
    readonly charts?: string | undefined;
    /** A folder with `<chart>/`, of which a chart is taken where it has the version that is wanted. */
    readonly atHand?: string | undefined;
    /** Whether what is nowhere else is pulled from where it is published. */
    readonly pull: boolean;
}

/** A chart on this machine, or why there is none. */
export type FoundChart = { readonly path: string } | { readonly reasons: readonly string[] };

/** How long a download may take. */
const PULL_SECONDS = 20;

/** The chart of a release, by what it is called everywhere. */
interface Wanted {
    readonly name: string;
    readonly version: string | undefined;
    readonly release: DeclaredRelease;
}

/** The name of a chart without where it comes from. */
export function chartName(chart: string): string {
    return basename(chart.replace(/(?<!\/)\/+$/, ""));
}

/** Finds charts; what could not be pulled once is not tried again. */
export class ChartFinder {
    readonly #places: ChartPlaces;
    readonly #helm: Helm;
    readonly #pulls = new Map<string, Promise<FoundChart>>();
    /** Hosts that did not answer, by why. */
    readonly #unreachable = new Map<string, string>();
    #cache: Promise<string | undefined> | undefined;

    constructor(places: ChartPlaces, helm: Helm) {
        this.#places = places;
        this.#helm = helm;
    }

    /** The chart that a release wants, in the first place that has it. */
    async find(release: DeclaredRelease): Promise<FoundChart> {
        const wanted = { name: chartName(release.chart), version: release.version, release };
        const reasons: string[] = [];
        for (const place of [
            () => this.#named(wanted),
            () => ofRelease(wanted),
            // What is at hand is nobody's choice: another version of it is no reason to name.
            async () => withoutReasons(await this.#atHand(wanted)),
            () => this.#cached(wanted),
            () => this.#published(wanted),
        ]) {
            const found = await place();
            if ("path" in found) {
                return found;
            }
            reasons.push(...found.reasons);
        }
        return { reasons };
    }

    /** What the user named. */
    async #named(wanted: Wanted): Promise<FoundChart> {
        const { charts, pull } = this.#places;
        if (charts?.startsWith("oci://") !== true) {
            const found = await inFolder(charts, wanted);
            const isThere = "path" in found || found.reasons.length > 0 || charts === undefined;
            return isThere ? found : { reasons: [`${charts} has none`] };
        }
        return pull
            ? this.#pulled([`${charts.replace(/(?<!\/)\/+$/, "")}/${wanted.name}`], charts, wanted)
            : { reasons: [`${charts} is not asked`] };
    }

    async #atHand(wanted: Wanted): Promise<FoundChart> {
        return wanted.version === undefined
            ? { reasons: [] }
            : inFolder(this.#places.atHand, wanted);
    }

    /** Helm keeps what it downloads by chart and version. */
    async #cached({ name, version }: Wanted): Promise<FoundChart> {
        const folder = await this.#cacheFolder();
        const path = archiveIn(folder, name, version);
        return path !== undefined && (await isThere(path)) ? { path } : { reasons: [] };
    }

    async #published(wanted: Wanted): Promise<FoundChart> {
        const { chart, repositoryOpts = {} } = wanted.release;
        const { repo, ...credentials } = repositoryOpts;
        if (isFolder(chart)) {
            return { reasons: [] };
        }
        if (!this.#places.pull) {
            return { reasons: ["nothing is pulled"] };
        }
        // Their place is no command line.
        if (Object.keys(credentials).length > 0) {
            return { reasons: [`${repo ?? chart} wants more than its address to be pulled from`] };
        }
        const from = repo === undefined ? [chart] : [chart, "--repo", repo];
        return this.#pulled(from, repo ?? chart, wanted);
    }

    async #pulled(from: readonly string[], address: string, wanted: Wanted): Promise<FoundChart> {
        const key = [...from, wanted.version].join(" ");
        const pull = this.#pulls.get(key) ?? this.#pull(from, address, wanted);
        this.#pulls.set(key, pull);
        return pull;
    }

    async #pull(
        from: readonly string[],
        address: string,
        { name, version }: Wanted,
    ): Promise<FoundChart> {
        const folder = await this.#cacheFolder();
        const path = archiveIn(folder, name, version);
        if (folder === undefined || version === undefined || path === undefined) {
            return { reasons: ["without an exact version nothing is pulled"] };
        }
        const host = hostOf(address);
        const before = this.#unreachable.get(host);
        if (before !== undefined) {
            return { reasons: [before] };
        }
        const args = ["pull", ...from, "--version", version, "--destination", folder];
        const outcome = await runHelm(this.#helm, args, PULL_SECONDS);
        if ("stdout" in outcome) {
            const came = await isThere(path);
            return came ? { path } : { reasons: [`${address} gave another version`] };
        }
        const why = outcome.failure.replace(/^.*?: (?:Get|Head) "[^"]*": (?:dial tcp: )?/, "");
        const reason = `${address} cannot be pulled from: ${why}`;
        if (UNREACHABLE.test(outcome.failure)) {
            this.#unreachable.set(host, reason);
        }
        return { reasons: [reason] };
    }

    #cacheFolder(): Promise<string | undefined> {
        this.#cache ??= runHelm(this.#helm, ["env", "HELM_REPOSITORY_CACHE"], PULL_SECONDS).then(
            (outcome) => ("stdout" in outcome ? outcome.stdout.trim() : undefined),
        );
        return this.#cache;
    }
}

/** What a host says nothing to. Anything else is about one chart. */
const UNREACHABLE = /no such host|no end after|connection refused|i\/o timeout|unreachable/;

function hostOf(address: string): string {
    return URL.canParse(address) ? new URL(address).host : address;
}

/** Whether a release names a folder or a file, as Helm tells. */
function isFolder(chart: string): boolean {
    return isAbsolute(chart) || chart.startsWith(".");
}

/** What the release itself names, where that is on this machine. */
async function ofRelease({ release: { chart } }: Wanted): Promise<FoundChart> {
    if (!isFolder(chart)) {
        return { reasons: [] };
    }
    return (await isThere(chart)) ? { path: chart } : { reasons: [`there is no ${chart}`] };
}

function withoutReasons(found: FoundChart): FoundChart {
    return "path" in found ? found : { reasons: [] };
}

async function inFolder(
    folder: string | undefined,
    { name, version }: Wanted,
): Promise<FoundChart> {
    const archive = archiveIn(folder, name, version);
    if (archive !== undefined && (await isThere(archive))) {
        return { path: archive };
    }
    if (folder === undefined) {
        return { reasons: [] };
    }
    const path = resolve(folder, name);
    const there = await versionOf(path);
    if (there === undefined) {
        return { reasons: [] };
    }
    return version === undefined || version === there
        ? { path }
        : { reasons: [`${path} is version ${there}`] };
}

function archiveIn(
    folder: string | undefined,
    name: string,
    version: string | undefined,
): string | undefined {
    return folder === undefined || version === undefined
        ? undefined
        : resolve(folder, `${name}-${version}.tgz`);
}

/** The version of the chart in a folder; `undefined` where there is none. */
async function versionOf(path: string): Promise<string | undefined> {
    try {
        const chart: unknown = await readYaml(join(path, "Chart.yaml"));
        return String((chart as { readonly version?: unknown }).version);
    } catch {
        return undefined;
    }
}

function isThere(path: string): Promise<boolean> {
    return stat(path).then(
        () => true,
        () => false,
    );
}
