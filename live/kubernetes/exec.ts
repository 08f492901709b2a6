import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import { Exec } from "@kubernetes/client-node";
import { LIMITS, UnansweredError } from "#network/exchange.ts";
import type { Connection } from "./connection.ts";
import { opened } from "./connection.ts";
import { reasonOf } from "./errors.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;
/** As much of what a program complained of is told. */
const SHOWN_CHARACTERS = 2000;

/** A program to run in a container. */
export interface ContainerCommand {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
    readonly command: readonly string[];
    /** Its whole standard input. Default: none. */
    readonly input?: string;
    /** Takes the lines that it writes to standard output while it runs. Default: nobody. */
    readonly onLine?: (line: string) => void;
    /** Default 60. */
    readonly timeoutSeconds?: number;
}

/**
 * Runs a program in a container to its end.
 *
 * @returns what it wrote to standard output
 * @throws Error with its standard error when it fails, or when the API server refuses to run it
 */
export async function execIn(kubeConfig: KubeConfig, run: ContainerCommand): Promise<string> {
    const { namespace, pod, container, command, input, onLine } = run;
    const { timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = run;
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    const stdout = new PassThrough();
    if (onLine !== undefined) {
        createInterface({ input: stdout }).on("line", onLine);
    }
    const stderr = new PassThrough();
    const stdin = input === undefined ? null : new PassThrough();
    const words = [...command];
    let connection: Connection | undefined;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    try {
        await new Promise<void>((resolve, reject) => {
            const fail = (reason: string): void => {
                reject(new Error(`${namespace}/${pod}: ${words[0] ?? ""}: ${reason}`));
            };
            let bytes = 0;
            const keepIn = (kept: Buffer[]) => (chunk: Buffer) => {
                bytes += chunk.length;
                if (bytes > LIMITS.bytes) {
                    fail(`more than ${LIMITS.bytes / 1024 / 1024} MiB of output`);
                } else {
                    kept.push(chunk);
                }
            };
            stdout.on("data", keepIn(output));
            stderr.on("data", keepIn(errors));
            timer = setTimeout(() => {
                fail(`no end after ${timeoutSeconds} s`);
            }, timeoutSeconds * 1000);
            const running = new Exec(kubeConfig).exec(
                ...([namespace, pod, container, words, stdout, stderr, stdin, false] as const),
                (status) => {
                    if (status.status === "Success") {
                        resolve();
                    } else {
                        const said = Buffer.concat(errors).toString().slice(0, SHOWN_CHARACTERS);
                        fail(`${status.message ?? "it failed"} ${said}`);
                    }
                },
            );
            opened(kubeConfig, running).then(
                (made) => {
                    connection = made;
                    if (over) {
                        made.terminate();
                    }
                    // After the status, where there was one.
                    made.addEventListener("close", () => {
                        fail("the connection broke off");
                    });
                    stdin?.end(`${input ?? ""}\n`);
                },
                (error: unknown) => {
                    if (error instanceof UnansweredError) {
                        reject(error);
                    } else {
                        fail(reasonOf(error));
                    }
                },
            );
        });
    } finally {
        over = true;
        clearTimeout(timer);
        connection?.terminate();
    }
    return Buffer.concat(output).toString();
}
