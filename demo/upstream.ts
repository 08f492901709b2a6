import { Agent, request } from "node:http";
import { HttpError, isJsonObject } from "./input.ts";
import type { JsonObject } from "./input.ts";

/** A service that another one depends on, as that one sees it. */
export interface Upstream {
    /**
     * Posts JSON and returns what was answered.
     *
     * @throws HttpError with the upstream's status where the request itself cannot be served, otherwise 502; the
     * message names the cause
     */
    ask(
        path: string,
        body: JsonObject,
        headers: Readonly<Record<string, string>>,
    ): Promise<JsonObject>;
    /** Closes the idle connections. */
    close(): void;
}

/** The service that is called, and how long it may take. */
export interface UpstreamOptions {
    readonly name: string;
    /** Base URL, for example `http://payment-service:3006`. */
    readonly url: string;
    /** The whole call with its answer ends after this. */
    readonly timeoutMs: number;
}

/** Largest answer that is read: one megabyte. */
const MAX_REPLY_BYTES = 1_048_576;

/** Statuses that tell the first caller to ask for something else; they are passed on as they are. */
const CALLERS_FAULT = [400, 409, 422];

/**
 * A client with kept-alive connections. It never repeats a call: whether that is safe is decided where the
 * idempotency key is known.
 */
export function createUpstream({ name, url, timeoutMs }: UpstreamOptions): Upstream {
    // Idle connections end before the five seconds after which Node's and other servers close them, so that a
    // call does not meet a connection that is just being closed.
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 4_000 });
    const post = async (
        path: string,
        payload: string,
        headers: Readonly<Record<string, string>>,
    ): Promise<Reply> => {
        const signal = AbortSignal.timeout(timeoutMs);
        try {
            return await exchange(new URL(path, url), payload, {
                agent,
                signal,
                headers: {
                    ...headers,
                    "content-type": "application/json",
                    "content-length": String(Buffer.byteLength(payload)),
                },
            });
        } catch (error) {
            const cause = signal.aborted
                ? `no answer within ${timeoutMs} ms`
                : (error as Error).message;
            throw new HttpError(502, `${name} did not answer: ${cause}.`);
        }
    };
    return {
        ask: async (path, body, headers) => {
            const reply = await post(path, JSON.stringify(body), headers);
            const answer = parseReply(reply.text);
            if (reply.status >= 200 && reply.status < 300) {
                return answer;
            }
            const status = CALLERS_FAULT.includes(reply.status) ? reply.status : 502;
            const { error } = answer;
            const words = typeof error === "string" && error !== "" ? `: ${error}` : "";
            throw new HttpError(status, `${name} answered ${reply.status}${words}`);
        },
        close: () => {
            agent.destroy();
        },
    };
}

interface Reply {
    readonly status: number;
    readonly text: string;
}

interface ExchangeOptions {
    readonly agent: Agent;
    readonly signal: AbortSignal;
    readonly headers: Record<string, string>;
}

function exchange(url: URL, payload: string, options: ExchangeOptions): Promise<Reply> {
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
