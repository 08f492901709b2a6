/**
 * A fault of the user's machine or input that the user can mend: one sentence with what, where and what is
 * allowed. The command prints the message alone and ends with exit code 2.
 */
export class EnvironmentError extends Error {
    override readonly name = "EnvironmentError";
}

/** Receives one line about a step that takes long or changes the machine. */
export type Report = (line: string) => void;

/** A report that drops its lines. */
export const silent: Report = () => undefined;
