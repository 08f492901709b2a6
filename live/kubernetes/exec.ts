import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import { Exec } from "@kubernetes/client-node";

const DEFAULT_TIMEOUT_SECONDS = 60;

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
    const stdout = new PassThrough().on("data", (chunk: Buffer) => output.push(chunk));
    if (onLine !== undefined) {
        createInterface({ input: stdout }).on("line", onLine);
    }
    const stderr = new PassThrough().on("data", (chunk: Buffer) => errors.push(chunk));
    const stdin = input === undefined ? null : new PassThrough();
    const words = [...command];
    await new Promise<void>((resolve, reject) => {
        const fail = (reason: string): void => {
            reject(new Error(`${namespace}/${pod}: ${words[0] ?? ""}: ${reason}`));
        };
        // A connection that is lost ends without a status.
        const timer = setTimeout(() => {
            fail(`no end after ${timeoutSeconds} s`);
        }, timeoutSeconds * 1000);
        new Exec(kubeConfig)
            .exec(namespace, pod, container, words, stdout, stderr, stdin, false, (status) => {
                clearTimeout(timer);
                if (status.status === "Success") {
                    resolve();
                } else {
                    fail(`${status.message ?? "it failed"} ${Buffer.concat(errors).toString()}`);
                }
            })
            .then(
                () => stdin?.end(`${input ?? ""}\n`),
                (error: unknown) => {
                    clearTimeout(timer);
                    fail(error instanceof Error ? error.message : "the API server refused it");
                },
            );
    });
    return Buffer.concat(output).toString();
}
