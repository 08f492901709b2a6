import { createHash } from "node:crypto";
import { HttpError } from "./input.ts";
import type { JsonObject } from "./input.ts";

/** Keys that are remembered; the oldest is forgotten first. */
const MAX_KEYS = 10_000;

/** Remembers by key what was done, in this process' memory, so that a repeated request is not done again. */
export class IdempotencyStore {
    readonly #entries = new Map<string, { print: string; result: Promise<JsonObject> }>();

    /**
     * Runs `work` once a key and returns its result, also to requests that arrive while it still runs.
     * Without a key `work` always runs. A failure is forgotten: the next try works again.
     *
     * @throws HttpError 422 where the key was used with another body
     */
    async once(
        key: string | undefined,
        body: JsonObject,
        work: () => Promise<JsonObject>,
    ): Promise<{ readonly result: JsonObject; readonly replayed: boolean }> {
        if (key === undefined) {
            return { result: await work(), replayed: false };
        }
        const print = createHash("sha256").update(JSON.stringify(body)).digest("hex");
        const known = this.#entries.get(key);
        if (known !== undefined) {
            if (known.print !== print) {
                throw new HttpError(422, "The Idempotency-Key was used with another body.");
            }
            return { result: await known.result, replayed: true };
        }
        const entry = { print, result: work() };
        this.#entries.set(key, entry);
        const [oldest] = this.#entries.keys();
        if (this.#entries.size > MAX_KEYS && oldest !== undefined) {
            this.#entries.delete(oldest);
        }
        try {
            return { result: await entry.result, replayed: false };
        } catch (error) {
            if (this.#entries.get(key) === entry) {
                this.#entries.delete(key);
            }
            throw error;
        }
    }
}

/**
 * The id of what a request creates: derived from its key where it has one, so that every replica gives the
 * repeated request the same id, and random otherwise.
 */
export function idFor(kind: string, key: string | undefined): string {
    if (key === undefined) {
        return `${kind}-${crypto.randomUUID()}`;
    }
    return `${kind}-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}
