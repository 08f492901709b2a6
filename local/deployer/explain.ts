import { EnvironmentError } from "#errors.ts";
import { isErrno } from "#files.ts";

export const DISK_FULL = "The disk is full: free some space, and run the command again to go on.";

/** Faults that the user has to mend, by what the engine or the system says of them. */
const FAULTS: readonly { readonly says: RegExp; readonly sentence: string }[] = [
    { says: /no space left on device|ENOSPC/, sentence: DISK_FULL },
    {
        says: /incorrect passphrase/,
        sentence:
            'The passphrase does not fit the state of the stack; put the one back that it was made with, or run "mesh down" and "mesh up".',
    },
    {
        says: /newer than what this version of the Pulumi CLI understands|deployment version is too new|unsupported checkpoint version/,
        sentence:
            "A newer Pulumi wrote the state of this stack than the one that was found; put the newer one on PATH.",
    },
    {
        says: /read-only file system|EROFS/,
        sentence: "The disk with the state of the stack is read-only.",
    },
];

/** The sentence for a fault that the user has to mend; undefined for every other. */
export function faultIn(text: string): EnvironmentError | undefined {
    const fault = FAULTS.find(({ says }) => says.test(text));
    return fault && new EnvironmentError(fault.sentence);
}

/**
 * Runs what touches the engine's files.
 *
 * @throws EnvironmentError with one sentence for what the user has to mend; everything else as it is
 */
export async function explained<T>(run: () => Promise<T>): Promise<T> {
    try {
        return await run();
    } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        const full = isErrno(error, "ENOSPC") ? "ENOSPC" : text;
        throw faultIn(full) ?? error;
    }
}
