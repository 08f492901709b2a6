import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { judge } from "#review/pack.ts";
import type { Judged } from "#review/pack.ts";
import { Owners } from "#review/source/owners.ts";
import { packConfiguration, packConfigurationFile } from "#review/pack-configuration.ts";
import type { Subject } from "#review/subject.ts";
import { manifestSubject } from "#review/subject/from-manifests.ts";
import { programSubject } from "#review/subject/program.ts";
import { Reading } from "#review/subject/resources.ts";
import { renderedStacks } from "#stack/rendered-program.ts";
import type { StackCharts } from "../charts.ts";
import type { Clock } from "./clock.ts";

/** One revision's subject, judged. */
export interface Side {
    readonly subject: Subject;
    readonly judged: Judged;
    /** Which workload's component made each resource; nobody's, for manifests. */
    readonly owners: Owners;
}

/** The subjects of a revision by what they are called on the command line, or why one cannot be read. */
export type Sides = ReadonlyMap<string, Side | EnvironmentError>;

/** How a revision is read. */
export interface SidesArgs {
    /** The folder of its checkout. */
    readonly directory: string;
    /** Whether it is the base's, in a folder that is nobody else's. */
    readonly isBase: boolean;
    readonly charts: StackCharts;
    readonly clock: Clock;
    readonly signal: AbortSignal;
}

/** Names of the stacks of a checkout: those with a file. */
export async function stacksIn(directory: string): Promise<string[]> {
    const files = await readdir(directory);
    return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** Names of the rules of a checkout's pack, by their files. */
export async function rulesIn(directory: string): Promise<string[]> {
    const files = await readdir(join(directory, "policy/rules"), { recursive: true }).catch(
        () => [],
    );
    return files
        .flatMap((file) => /^([\w-]+)[/\\]([\w-]+)\.ts$/.exec(file)?.slice(1, 3).join("-") ?? [])
        .map((name) => `istio-${name}`)
        .sort();
}

/** Reads stacks. One that a revision does not have is left out. */
export async function stackSides(stacks: readonly string[], args: SidesArgs): Promise<Sides> {
    const { directory, isBase, charts, clock, signal } = args;
    const there = stacks.filter((stack) => existsSync(join(directory, `Pulumi.${stack}.yaml`)));
    if (there.length === 0) {
        return new Map();
    }
    const prefix = isBase ? "base: " : "";
    const programs = await clock.of(`${prefix}render ${there.join(", ")}`, () =>
        readable(() =>
            renderedStacks(
                there.map((stack) => ({
                    stack,
                    replaced: charts.replaced(stack),
                    showSecrets: true,
                })),
                { signal, ...(isBase && { checkout: directory }) },
            ),
        ),
    );
    const sides = await Promise.all(
        there.map((stack, index) =>
            readable(async () => {
                const program = programs instanceof EnvironmentError ? programs : programs[index];
                if (program === undefined || program instanceof EnvironmentError) {
                    throw program ?? new EnvironmentError(`Stack ${stack} gave no rendering.`);
                }
                const reading = new Reading();
                const subject = await clock.of(`${prefix}charts of ${stack}`, () =>
                    programSubject(stack, program, charts.of(stack), reading),
                );
                const configuration = await packConfiguration(
                    packConfigurationFile(directory, stack),
                );
                const judged = await clock.of(`${prefix}judge ${stack}`, () =>
                    judge(subject, configuration, reading),
                );
                return { subject, judged, owners: new Owners(program.resources) };
            }),
        ),
    );
    return new Map(
        there.flatMap((stack, index) =>
            pair(stack, isBase ? withoutFolder(sides[index], directory) : sides[index]),
        ),
    );
}

/** Names of files are those of the repository: a base's folder is gone when its message is read. */
function withoutFolder<Value>(
    side: Value | EnvironmentError,
    folder: string,
): Value | EnvironmentError {
    return side instanceof EnvironmentError
        ? new EnvironmentError(side.message.replaceAll(join(folder, "/"), ""))
        : side;
}

function pair<Value>(key: string, value: Value | undefined): [string, Value][] {
    return value === undefined ? [] : [[key, value]];
}

/** What is the user's to mend is a result here: the other subjects can be read all the same. */
async function readable<Value>(work: () => Promise<Value>): Promise<Value | EnvironmentError> {
    try {
        return await work();
    } catch (error) {
        if (error instanceof EnvironmentError) {
            return error;
        }
        throw error;
    }
}

/** Where manifests of another revision are. */
interface ElsewhereArgs {
    /** The folder from which they were named. */
    readonly from: string;
    /** The same folder in the other revision. */
    readonly to: string;
    readonly config: string | undefined;
    readonly clock: Clock;
}

/** The manifests of another revision; those that it does not have count as none. */
export async function manifestsElsewhere(
    paths: readonly string[],
    { from, to, config, clock }: ElsewhereArgs,
): Promise<Side | EnvironmentError> {
    const there = paths
        .map((path) => join(to, relative(from, resolve(from, path))))
        .filter((path) => existsSync(path));
    return withoutFolder(
        await readable(async () => (await manifestSide(there, config, clock)).side),
        to,
    );
}

/** Reads manifests, all of them one subject. @throws EnvironmentError for what cannot be read */
export async function manifestSide(
    paths: readonly string[],
    config: string | undefined,
    clock: Clock,
): Promise<{ readonly side: Side; readonly leftOut: readonly string[] }> {
    const configuration = await packConfiguration(config);
    return clock.of("read and judge manifests", async () => {
        const reading = new Reading();
        const { subject, leftOut } = await manifestSubject(paths, reading);
        return {
            leftOut,
            side: {
                subject,
                judged: judge(subject, configuration, reading),
                owners: new Owners([]),
            },
        };
    });
}
