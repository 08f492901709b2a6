import type { JsonObject } from "./input.ts";

/** Entries that stay listed; older ones are only counted, or memory would grow under load. */
const MAX_LISTED = 1_000;

/** What a service has done, newest last. */
export interface Ledger {
    add(entry: JsonObject): void;
    /** The latest entries, at most 1000. */
    latest(): readonly JsonObject[];
    /** How many were ever added. */
    total(): number;
}

/** An empty ledger in this process' memory. */
export function createLedger(): Ledger {
    const entries: JsonObject[] = [];
    let total = 0;
    return {
        add: (entry) => {
            total += 1;
            entries.push(entry);
            if (entries.length > MAX_LISTED) {
                entries.shift();
            }
        },
        latest: () => entries,
        total: () => total,
    };
}
