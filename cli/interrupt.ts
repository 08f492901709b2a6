import { once } from "node:events";

const SHOW_CURSOR = "\x1b[?25h";

/** How long guarded work may take to come to a good end after an interruption, in milliseconds. */
const PATIENCE = 10_000;

/** What Ctrl-C or a polite kill does to a command. */
export interface Interruption {
    /** Aborted when the command is interrupted. */
    readonly signal: AbortSignal;
    /** Lets work that heeds {@link signal} come to its end before the process does. */
    readonly guard: <T>(work: Promise<T>) => Promise<T>;
    /** Takes the handlers away again. */
    readonly release: () => void;
}

/**
 * Work that heeds the signal and comes to a good end when it is interrupted; see {@link onInterrupt}.
 *
 * @param sentence what the interruption means for the user
 */
export async function interruptible<T>(
    sentence: string,
    work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const { signal, guard, release } = onInterrupt(sentence);
    return guard(work(signal)).finally(release);
}

/**
 * Work that goes on until it is interrupted, which is its regular end: the command then ends as it ends otherwise.
 *
 * @param sentence what the interruption means for the user
 */
export async function untilStopped<T>(
    sentence: string,
    work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const { signal, release } = onInterrupt(sentence, { endsProcess: false });
    return work(signal).finally(release);
}

/** The work's end, or what the signal is aborted with, whichever is first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const over = new AbortController();
    const aborted = once(signal, "abort", { signal: over.signal }).then(() => {
        throw signal.reason;
    });
    try {
        return await Promise.race([work, aborted]);
    } finally {
        aborted.catch(() => undefined);
        over.abort();
    }
}

/**
 * Ends the process on Ctrl-C or a polite kill, with one sentence: at once, or when guarded work has ended. A second
 * Ctrl-C does not wait.
 *
 * @param sentence what the interruption means for the user
 * @param endsProcess false for work after whose end the process ends anyway. Default true
 */
export function onInterrupt(sentence: string, { endsProcess = true } = {}): Interruption {
    const controller = new AbortController();
    let guarded: Promise<unknown> = Promise.resolve();
    const handler = (name: NodeJS.Signals): void => {
        // What a shell reports of a process that this signal ended.
        const code = name === "SIGINT" ? 130 : 143;
        if (controller.signal.aborted) {
            process.exit(code);
        }
        const cursor = process.stderr.isTTY ? SHOW_CURSOR : "";
        process.stderr.write(`${cursor}\n${sentence}\n`);
        controller.abort();
        const end = (): void => process.exit(code);
        setTimeout(end, PATIENCE).unref();
        if (endsProcess) {
            guarded.then(end, end);
        }
    };
    process.on("SIGINT", handler);
    process.on("SIGTERM", handler);
    return {
        signal: controller.signal,
        guard: (work) => {
            guarded = work;
            return work;
        },
        release: () => {
            process.off("SIGINT", handler);
            process.off("SIGTERM", handler);
        },
    };
}
