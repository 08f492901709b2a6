/**
 * Work that goes on at the same time, all of which has ended when this has: where a part fails the others are told to
 * stop, and what they have made is cleared away before anybody hears of the failure.
 */
export async function together<T extends readonly unknown[] | []>(
    signal: AbortSignal,
    begin: (signal: AbortSignal) => T,
): Promise<{ -readonly [Part in keyof T]: Awaited<T[Part]> }> {
    const failure = new AbortController();
    const parts = begin(AbortSignal.any([signal, failure.signal]));
    try {
        return await Promise.all(parts);
    } catch (error) {
        failure.abort();
        await Promise.allSettled(parts);
        throw error;
    }
}
