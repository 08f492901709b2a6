import { ApiException } from "@kubernetes/client-node";
import { z } from "zod";
import { withoutPasswords } from "#errors.ts";
import { UnansweredError } from "#network/exchange.ts";

const statusSchema = z.object({ message: z.string().min(1) });

/** Why a call of the Kubernetes API failed, in one line: what the API server said, else what the network did. */
export function reasonOf(error: unknown): string {
    if (error instanceof ApiException) {
        return statusMessage(error.body) ?? `the API server answered ${error.code}`;
    }
    if (error instanceof UnansweredError) {
        return error.reason;
    }
    if (!(error instanceof Error)) {
        return String(error);
    }
    // A connection that several addresses refuse fails without a message of its own.
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    return withoutPasswords(error.message || code)
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join(" ");
}

/** Whether the API server refused for this reason. */
export function isRefusal(error: unknown, code: number): boolean {
    return error instanceof ApiException && error.code === code;
}

/** What the API server answers, or `undefined` where it knows no such object. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (isRefusal(error, 404)) {
            return undefined;
        }
        throw error;
    }
}

/** The message of a `Status` object, which comes as text or parsed. */
export function statusMessage(body: unknown): string | undefined {
    try {
        const { data } = statusSchema.safeParse(typeof body === "string" ? JSON.parse(body) : body);
        return data?.message;
    } catch {
        return undefined;
    }
}
