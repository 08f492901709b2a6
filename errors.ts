/**
 * A fault of the user's machine or input that the user can mend: one sentence with what, where and what is
 * allowed. The command prints the message alone and ends with exit code 2.
 */
export class EnvironmentError extends Error {
    override readonly name = "EnvironmentError";
}

/** A message without the names and passwords of the addresses in it. */
export function withoutPasswords(message: string): string {
    return message.replace(/:\/\/[^\s/@]+@/g, "://…@");
}

/** Receives one line about a step that takes long or changes the machine. */
export type Report = (line: string) => void;

/** A report that drops its lines. */
export const silent: Report = () => undefined;

/** Somebody else's text on one line of a terminal: cut where it is long, and without what a terminal would act on. */
export function printable(text: string, longest = 200): string {
    const start = Array.from(text.slice(0, 2 * longest));
    const shown = start.slice(0, longest).join("");
    return `${shown.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?")}${shown.length < text.length ? "..." : ""}`;
}
