import { PassThrough } from "node:stream";
import type { KubeConfig } from "@kubernetes/client-node";
import { Exec } from "@kubernetes/client-node";

/** A program to run in a container. */
export interface ContainerCommand {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
    readonly command: readonly string[];
    /** One line for its standard input. Default: none. */
    readonly input?: string;
}

/**
 * Runs a program in a container to its end.
 *
 * @returns what it wrote to standard output
 * @throws Error with its standard error when it fails, or when the API server refuses to run it
 */
export async function execIn(kubeConfig: KubeConfig, run: ContainerCommand): Promise<string> {
    const { namespace, pod, container, command, input } = run;
    const [output, errors]: [Buffer[], Buffer[]] = [[], []];
    const stdout = new PassThrough().on("data", (chunk: Buffer) => output.push(chunk));
    const stderr = new PassThrough().on("data", (chunk: Buffer) => errors.push(chunk));
    const stdin = input === undefined ? null : new PassThrough();
    const words = [...command];
    await new Promise<void>((resolve, reject) => {
        const fail = (reason: string): void => {
            reject(new Error(`${namespace}/${pod}: ${words[0] ?? ""}: ${reason}`));
        };
        new Exec(kubeConfig)
            .exec(namespace, pod, container, words, stdout, stderr, stdin, false, (status) => {
                if (status.status === "Success") {
                    resolve();
                } else {
                    fail(`${status.message ?? "it failed"} ${Buffer.concat(errors).toString()}`);
                }
            })
            .then(
                (socket) => {
                    socket.on("close", () => {
                        fail("the connection was closed");
                    });
                    stdin?.write(`${input ?? ""}\n`);
                },
                (error: unknown) => {
                    fail(error instanceof Error ? error.message : "the API server refused it");
                },
            );
    });
    return Buffer.concat(output).toString();
}
