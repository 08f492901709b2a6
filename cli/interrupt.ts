const SHOW_CURSOR = "\x1b[?25h";

/**
 * Ends the process on Ctrl-C or a polite kill, with one sentence.
 *
 * @param sentence what the interruption means for the user
 * @returns a function that takes the handlers away again
 */
export function onInterrupt(sentence: string): () => void {
    const handler = (signal: NodeJS.Signals): void => {
        const cursor = process.stderr.isTTY ? SHOW_CURSOR : "";
        process.stderr.write(`${cursor}\n${sentence}\n`);
        // As a shell reports a process that ended by this signal.
        process.exit(signal === "SIGINT" ? 130 : 143);
    };
    process.on("SIGINT", handler);
    process.on("SIGTERM", handler);
    return () => {
        process.off("SIGINT", handler);
        process.off("SIGTERM", handler);
    };
}
