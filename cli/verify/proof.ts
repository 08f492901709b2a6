import { EnvironmentError } from "#errors.ts";
import type { Proof, ProveOptions, ProveResult } from "#prove/mutation.ts";
import { prove } from "#prove/prove.ts";
import { flagOf } from "../flag.ts";
import { interruptible } from "../interrupt.ts";
import { jsonText, table } from "../output.ts";
import { progressOf, seconds } from "../progress.ts";

/**
 * Runs `mesh verify --prove`, and prints a line a mutation.
 *
 * @returns the exit code: 1 where a weakness was not seen, or something else was
 */
export async function runProve(
    options: Omit<ProveOptions, "signal" | "report">,
    json: boolean,
): Promise<0 | 1> {
    const { line } = progressOf(json);
    const result = await interruptible(
        "Interrupted. Putting back what was made weaker.",
        (signal) =>
            prove({
                ...options,
                signal,
                report: (proof) => {
                    line(proofLines(proof));
                },
            }),
    );
    process.stdout.write(json ? jsonText({ version: 1, ...result }) : sum(result));
    return result.holds ? 0 : 1;
}

/** @throws EnvironmentError for options of the run of the checks that a proof does not have */
export function assertProvable(given: Readonly<Record<string, unknown>>): void {
    const other = [
        "only",
        "skip",
        "list",
        "manifests",
        "wait",
        "every",
        "probes",
        "seed",
        "junit",
        "metricsAddress",
    ].find((name) => given[name] !== undefined);
    if (other !== undefined) {
        throw new EnvironmentError(
            `--prove runs every check of its own accord; ${flagOf(other)} has no place beside it.`,
        );
    }
}

/** A mutation as soon as it was judged: a line, and for one that was not caught what went otherwise. */
function proofLines(proof: Proof): string {
    const { mutation, caught, red, secondsToRed, secondsToGreen } = proof;
    const times = `${seconds(secondsToRed * 1000)} ${seconds(secondsToGreen * 1000)}`;
    const faults = [
        ...proof.missing.map((id) => `did not go red: ${id}`),
        ...proof.unexpected.map((id) => `went red as well: ${id}`),
        ...proof.stillRed.map((id) => `still red: ${id}`),
    ];
    return [
        `${caught ? "ok  " : "FAIL"} ${times}  ${mutation}: ${red.length} red`,
        ...faults.map((fault) => `       ${fault}`),
    ].join("\n");
}

/** The table of all mutations, and what it comes to. */
function sum(result: ProveResult): string {
    const caught = result.proofs.filter((proof) => proof.caught).length;
    return [
        ...result.redBefore.map((id) => `Red before anything was made weaker: ${id}`),
        ...result.redAfter.map((id) => `Red after everything was put back: ${id}`),
        ...result.recovered.map((name) => `Put back after a proof that was killed: ${name}`),
        ...result.notTried.map((name) => `Not tried: ${name}`),
        "",
        table([
            ["WEAKENED", "CONTROL", "SEEN BY", "CAUGHT"],
            ...result.proofs.map(({ mutation, weakens, red, caught: seen }) => [
                mutation,
                weakens,
                `${red.length} checks`,
                seen ? "yes" : "NO",
            ]),
        ]),
        "",
        `${caught} of ${result.proofs.length + result.notTried.length} caught in ${result.seconds.toFixed(0)} s`,
        "",
    ].join("\n");
}
