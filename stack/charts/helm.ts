import { execa } from "execa";

/** Helm, as it is called here. */
export interface Helm {
    /** Its path. */
    readonly path: string;
    /** Ends what is under way. */
    readonly signal?: AbortSignal | undefined;
}

/** What a call came to: what Helm wrote, or why there is nothing. */
export type HelmOutcome = { readonly stdout: string } | { readonly failure: string };

/**
 * Calls Helm. No cluster is asked: it is told of none.
 *
 * @param seconds after which it is ended
 * @throws the signal's reason where that ended it
 */
export async function runHelm(
    { path, signal }: Helm,
    args: readonly string[],
    seconds: number,
): Promise<HelmOutcome> {
    signal?.throwIfAborted();
    const result = await execa(path, args, {
        reject: false,
        timeout: seconds * 1000,
        env: { KUBECONFIG: "/dev/null" },
        maxBuffer: 256 * 1024 * 1024,
        ...(signal && { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    return result.failed ? { failure: reasonOf(result, seconds) } : { stdout: result.stdout };
}

/** What Helm says went wrong; the lines before it warn. */
function reasonOf(
    { timedOut, stderr, shortMessage = "it failed" }: Failure,
    seconds: number,
): string {
    if (timedOut) {
        return `no end after ${seconds} s`;
    }
    const error = (/^Error: ([^]*)$/m.exec(stderr)?.[1] ?? stderr)
        .replace(/\s+/g, " ")
        .replace("Use --debug flag to render out invalid YAML", "")
        .trim();
    return error === "" ? shortMessage : error;
}

interface Failure {
    readonly timedOut: boolean;
    readonly stderr: string;
    readonly shortMessage?: string | undefined;
}
