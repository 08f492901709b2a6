import type { JsonObject } from "./input.ts";

/** Entries that stay listed; older ones are only counted, or memory would grow under load. */
const MAX_LISTED = 1_000;

/** What a service has done, in this process' memory. */
export class Ledger {
    readonly #entries: JsonObject[] = [];
    #total = 0;

    add(entry: JsonObject): void {
        this.#total += 1;
        this.#entries.push(entry);
        if (this.#entries.length > MAX_LISTED) {
            this.#entries.shift();
        }
    }

    /** The latest entries, at most 1000, newest last. */
    get latest(): readonly JsonObject[] {
        return this.#entries;
    }

    /** How many were ever added. */
    get total(): number {
        return this.#total;
    }
}
