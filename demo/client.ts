import { Agent, request } from "node:http";
import { isJsonObject } from "./input.ts";
import type { JsonObject } from "./input.ts";

/** What a called service answered. */
export interface Reply {
    readonly status: number;
    readonly body: JsonObject;
}

/** A call without an answer: refused, reset or late. */
export class CallError extends Error {}

/** Another service, as one that calls it sees it. */
export interface ServiceClient {
    /**
     * Sends a JSON body by POST.
     *
     * @throws CallError where no complete answer came within the timeout
     */
    post(path: string, body: JsonObject, headers: Readonly<Record<string, string>>): Promise<Reply>;
    /** Closes the idle connections. */
    close(): void;
}

/** The service that is called, and how long it may take. */
export interface ServiceClientOptions {
    readonly name: string;
    /** Base URL, for example `http://payment-service:3006`. */
    readonly url: string;
    /** The whole call with its answer ends after this. */
    readonly timeoutMs: number;
}

/** Largest answer that is read: one megabyte. */
const MAX_REPLY_BYTES = 1_048_576;

/**
 * A client with kept-alive connections. It never repeats a call: whether that is safe is decided where the
 * idempotency key is known.
 */
export function createClient(options: ServiceClientOptions): ServiceClient {
    // Idle connections end before the five seconds after which Node's and other servers close them, so that a
    // call does not meet a connection that is just being closed.
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 4_000 });
    const post: ServiceClient["post"] = async (path, body, headers) => {
        const payload = JSON.stringify(body);
        const signal = AbortSignal.timeout(options.timeoutMs);
        try {
            const reply = await exchange(new URL(path, options.url), payload, {
                agent,
                signal,
                headers: {
                    ...headers,
                    "content-type": "application/json",
                    "content-length": String(Buffer.byteLength(payload)),
                },
            });
            return { status: reply.status, body: parseReply(reply.text) };
        } catch (error) {
            const cause = signal.aborted
                ? `no answer within ${options.timeoutMs} ms`
                : (error as Error).message;
            throw new CallError(`${options.name} did not answer: ${cause}`);
        }
    };
    return {
        post,
        close: () => {
            agent.destroy();
        },
    };
}

interface ExchangeOptions {
    readonly agent: Agent;
    readonly signal: AbortSignal;
    readonly headers: Record<string, string>;
}

function exchange(
    url: URL,
    payload: string,
    options: ExchangeOptions,
): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
        const call = request(url, { method: "POST", ...options }, (response) => {
            const chunks: Buffer[] = [];
            let bytes = 0;
            response.on("data", (chunk: Buffer) => {
                bytes += chunk.length;
                chunks.push(chunk);
                if (bytes > MAX_REPLY_BYTES) {
                    call.destroy(new Error(`its answer is larger than ${MAX_REPLY_BYTES} bytes`));
                }
            });
            response.on("error", reject);
            response.on("end", () => {
                const text = Buffer.concat(chunks).toString("utf8");
                resolve({ status: response.statusCode ?? 0, text });
            });
        });
        call.on("error", reject);
        call.end(payload);
    });
}

/** A proxy answers in plain text; its words are kept as the cause. */
function parseReply(text: string): JsonObject {
    try {
        const value: unknown = JSON.parse(text);
        if (isJsonObject(value)) {
            return value;
        }
    } catch {
        // Not JSON: passed on as text below.
    }
    return { error: text.slice(0, 200) };
}

/** One sentence on why `reply` is not the answer that was hoped for. */
export function refusal(name: string, reply: Reply): string {
    const { error } = reply.body;
    const words = typeof error === "string" && error !== "" ? `: ${error}` : "";
    return `${name} answered ${reply.status}${words}`;
}
