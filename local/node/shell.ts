import { execa } from "execa";
import { NodeError } from "./errors.ts";

const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quotes one word for a POSIX shell. */
export function shellQuote(word: string): string {
    return SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins words to one command line of a POSIX shell. */
export function shellJoin(words: readonly string[]): string {
    return words.map(shellQuote).join(" ");
}

/** How a command is run. */
export interface RunOptions {
    /** Text for the command's standard input. */
    readonly input?: string;
    /** Milliseconds after which the command is killed. Default 60000. */
    readonly timeout?: number;
}

/**
 * Runs a command of the system and returns its standard output.
 *
 * @throws NodeError naming the command and its last words on stderr when it fails or takes too long.
 */
export async function run(
    argv: readonly [string, ...string[]],
    options: RunOptions = {},
): Promise<string> {
    const [file, ...args] = argv;
    const result = await execa(file, args, {
        reject: false,
        timeout: options.timeout ?? 60_000,
        ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    });
    if (result.failed) {
        const reason = result.stderr.trim().split("\n").slice(-3).join("; ");
        const detail = reason === "" ? (result.shortMessage ?? "") : reason;
        throw new NodeError(`"${shellJoin(argv)}" failed: ${detail}`);
    }
    return result.stdout;
}

/** Whether a command ends with exit code 0. */
export async function succeeds(argv: readonly [string, ...string[]]): Promise<boolean> {
    const [file, ...args] = argv;
    const result = await execa(file, args, { reject: false, stdio: "ignore", timeout: 60_000 });
    return !result.failed;
}
