import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { EnvironmentError } from "#errors.ts";
import type { Report } from "#errors.ts";
import { toolAtHand } from "#local/tools-at-hand.ts";
import type { Base, CheckReport } from "#review/report.ts";
import type { ChangedFile } from "#review/source/lines.ts";
import { howToGet } from "#stack/tools/find.ts";
import { stackCharts } from "../charts.ts";
import { changedSince, placeInRepository, withBase } from "./base.ts";
import { Clock } from "./clock.ts";
import type { CheckOptions } from "./options.ts";
import type { Sides } from "./sides.ts";
import { manifestsElsewhere, manifestSide, rulesIn, stackSides, stacksIn } from "./sides.ts";
import { subjectReport } from "./subject-report.ts";
import { together } from "./together.ts";
import { typeErrors } from "./types.ts";

/** What is checked. */
export interface CheckArgs extends Pick<
    CheckOptions,
    "base" | "stack" | "manifests" | "charts" | "pull" | "config" | "failOn"
> {
    readonly checkout: string;
    readonly signal: AbortSignal;
    /** Takes a line about what takes long, or is left out. */
    readonly line: Report;
}

/** What a revision was found to be. */
interface Revision {
    readonly sides: Sides;
    /** Names of the rules of its pack. */
    readonly rules: readonly string[];
}

/** What the base was found to be, while it was there. */
interface BaseRevision extends Revision {
    readonly base: Base;
    /** The files that differ from it. */
    readonly changed: readonly ChangedFile[];
    /** What is not as it was, one sentence each. */
    readonly notes: readonly string[];
}

/** Two revisions, and what was judged of neither. */
interface Revisions {
    readonly after: Revision;
    readonly before: BaseRevision | undefined;
    readonly notJudged: readonly string[];
}

/** Stands for manifests where stacks have names. */
const MANIFESTS = "manifests";

/**
 * Judges a checkout's stacks or manifests, and compares them with another revision.
 *
 * @throws EnvironmentError for a stack that is not there, a base that cannot be read, and manifests that are none
 */
export async function check(args: CheckArgs): Promise<CheckReport> {
    const clock = new Clock();
    const { manifests, checkout, failOn } = args;
    const directory = manifests === undefined ? checkout : process.cwd();
    const prefix = await placeInRepository(directory, args.signal);
    // The compiler takes the longest, and nobody else waits for it.
    const [errors, found] = await together(args.signal, (signal) => [
        manifests === undefined ? clock.of("types", () => typeErrors(checkout, signal)) : [],
        findingsIn({ ...args, signal }, { directory, prefix, clock }),
    ]);
    return {
        tool: await toolVersion(),
        failOn,
        prefix,
        errors: errors.map((error) => ({
            ...error,
            ...(error.source && {
                source: { ...error.source, file: `${prefix}${error.source.file}` },
            }),
        })),
        ...found,
        timings: clock.timings,
    };
}

/** Where things are, and how long they take. */
interface Place {
    /** The checkout, or the folder from which manifests were named. */
    readonly directory: string;
    /** Its path from the root of the repository. */
    readonly prefix: string;
    readonly clock: Clock;
}

async function findingsIn(
    args: CheckArgs,
    { directory, prefix, clock }: Place,
): Promise<Pick<CheckReport, "base" | "subjects" | "notJudged">> {
    const { manifests, signal, line } = args;
    const { after, before, notJudged } = await (manifests === undefined
        ? readStacks(args, clock)
        : readManifests(manifests, args, clock));
    const istioctl = await toolAtHand("istioctl", line);
    const subjects = await together(signal, (either) =>
        Array.from(after.sides, ([name, side]) =>
            subjectReport({
                stack: name === MANIFESTS ? undefined : name,
                after: side,
                before: before?.sides.get(name),
                isCompared: before !== undefined,
                rules: { before: before?.rules ?? [], after: after.rules },
                directory,
                prefix,
                changed: before?.changed ?? [],
                istioctl,
                signal: either,
                clock,
            }),
        ),
    );
    return {
        ...(before !== undefined && { base: before.base }),
        subjects,
        notJudged: [
            ...notJudged,
            ...(istioctl === undefined
                ? [
                      `Istio's analyzers were not asked, because there is no istioctl: ${howToGet("istioctl")}.`,
                  ]
                : []),
            ...(before?.notes ?? []),
        ],
    };
}

async function readStacks(args: CheckArgs, clock: Clock): Promise<Revisions> {
    const { checkout, signal, base, line } = args;
    const stacks = await chosenStacks(args);
    const charts = await stackCharts({
        charts: args.charts,
        pull: args.pull,
        signal,
        report: line,
    });
    const [sides, rules, before] = await together(signal, (either) => [
        stackSides(stacks, { directory: checkout, isBase: false, charts, clock, signal: either }),
        rulesIn(checkout),
        base === undefined
            ? undefined
            : withBase(
                  { directory: checkout, ref: base, packages: true, signal: either, clock },
                  async ({ directory, commit, note }): Promise<BaseRevision> => ({
                      base: { ref: base, commit },
                      sides: await stackSides(stacks, {
                          ...{ directory, isBase: true, charts, clock, signal: either },
                      }),
                      rules: await rulesIn(directory),
                      changed: await changedSince(checkout, commit, either),
                      notes: [
                          ...(note === undefined ? [] : [note]),
                          ...(await stacksGone(directory, args)),
                      ],
                  }),
              ),
    ]);
    return {
        after: { sides, rules },
        before,
        notJudged: charts.none === undefined ? [] : [charts.none],
    };
}

/** @throws EnvironmentError for a stack without a file */
async function chosenStacks({ checkout, stack }: CheckArgs): Promise<readonly string[]> {
    const known = await stacksIn(checkout);
    if (known.length === 0) {
        throw new EnvironmentError(
            `There is no stack in ${checkout}: Pulumi.<stack>.yaml is needed beside Pulumi.yaml.`,
        );
    }
    const unknown = stack?.find((name) => !known.includes(name));
    if (unknown !== undefined) {
        throw new EnvironmentError(
            `There is no stack ${unknown} in this checkout; there are ${known.join(", ")}.`,
        );
    }
    return [...new Set(stack ?? known)];
}

/** What is said of stacks that the base has and the checkout has not. */
async function stacksGone(directory: string, { checkout, stack }: CheckArgs): Promise<string[]> {
    if (stack !== undefined) {
        return [];
    }
    const known = await stacksIn(checkout);
    return (await stacksIn(directory))
        .filter((name) => !known.includes(name))
        .map((name) => `Stack ${name} is gone, so nothing of it was compared.`);
}

async function readManifests(
    paths: readonly string[],
    { base, config, signal, line }: CheckArgs,
    clock: Clock,
): Promise<Revisions> {
    const { side, leftOut } = await manifestSide(paths, config, clock);
    for (const file of leftOut) {
        line(`${file} holds no object of Kubernetes and is left out.`);
    }
    if (side.subject.resources.length === 0) {
        throw new EnvironmentError(
            `Nothing of Kubernetes is in ${side.subject.name}, so there is nothing to judge.`,
        );
    }
    const before =
        base === undefined
            ? undefined
            : await withBase(
                  { directory: process.cwd(), ref: base, packages: false, signal, clock },
                  async ({ directory, commit }): Promise<BaseRevision> => ({
                      base: { ref: base, commit },
                      sides: new Map([
                          [
                              MANIFESTS,
                              await manifestsElsewhere(paths, {
                                  from: process.cwd(),
                                  to: directory,
                                  config,
                                  clock,
                              }),
                          ],
                      ]),
                      rules: [],
                      changed: [],
                      notes: [],
                  }),
              );
    return {
        after: { sides: new Map([[MANIFESTS, side]]), rules: [] },
        before,
        notJudged: [],
    };
}

async function toolVersion(): Promise<string> {
    const file = resolve(import.meta.dirname, "../../package.json");
    const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version: string };
    return version;
}
