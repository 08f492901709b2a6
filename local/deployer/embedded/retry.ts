import { setTimeout as sleep } from "node:timers/promises";

import { NoKindError } from "./kube-client.ts";
import { KubeError } from "./kube-transport.ts";
import { messageOf } from "./json.ts";

export interface RetryOptions {
    readonly signal?: AbortSignal | undefined;
    /** Default two minutes. */
    readonly limitMs?: number;
    /** Called once, when the first try failed. */
    readonly onRetry?: (reason: string) => void;
    /** Default {@link isTransient}. */
    readonly isTransient?: (error: unknown) => boolean;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4_000;

/** Repeats an idempotent call while it fails for a reason that passes by itself. */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
    const { signal, limitMs = 120_000, onRetry, isTransient: transient = isTransient } = options;
    const deadline = Date.now() + limitMs;
    for (let delay = FIRST_DELAY_MS, tries = 0; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
        try {
            return await call();
        } catch (error) {
            signal?.throwIfAborted();
            if (!transient(error) || Date.now() + delay > deadline) throw error;
            tries += 1;
            if (tries === 1) onRetry?.(messageOf(error));
        }
        await pause(delay, signal);
    }
}

const NETWORK_CODES = new Set([
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENOTFOUND",
    "EAI_AGAIN",
]);

/**
 * Whether a failure passes by itself: the API server restarts or is overloaded, a webhook's pod is not up yet, a
 * namespace is still being removed, a kind is not established yet, somebody else wrote at the same moment.
 */
export function isTransient(error: unknown): boolean {
    if (error instanceof NoKindError) return true;
    if (error instanceof KubeError) {
        if ([429, 502, 503, 504].includes(error.status)) return true;
        if (error.status === 409) return error.reason === "Conflict";
        if (error.status === 403) return error.message.includes("being terminated");
        return (
            error.status === 500 &&
            /failed calling webhook|connection refused|deadline|timeout|etcdserver/i.test(
                error.message,
            )
        );
    }
    if (!(error instanceof Error)) return false;
    if ("code" in error && typeof error.code === "string") return NETWORK_CODES.has(error.code);
    return error.message.includes("socket hang up");
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    try {
        await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
}
