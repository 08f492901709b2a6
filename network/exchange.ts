import type {
    ClientRequest,
    IncomingHttpHeaders,
    IncomingMessage,
    RequestOptions,
} from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { EnvironmentError } from "#errors.ts";

/** What nobody's answer may exceed. */
export interface Limits {
    /** From the question to the answer's last byte. */
    readonly milliseconds: number;
    readonly bytes: number;
}

/** Longer than any webhook may take, so that a silent server is told from a silent webhook; more than any proxy's dump. */
export const LIMITS: Limits = { milliseconds: 35_000, bytes: 256 * 1024 * 1024 };

/** A server gave no whole answer: it cannot be reached, is silent, breaks off, sends too much, or leads elsewhere. */
export class UnansweredError extends EnvironmentError {
    /** What happened, in a phrase that leaves out the server. */
    readonly reason: string;

    constructor(server: string, reason: string) {
        super(`${server} gave no answer: ${reason}.`);
        this.reason = reason;
    }
}

/** A request, with its whole body. */
export interface Question extends RequestOptions {
    readonly body?: string | undefined;
    /** Default: {@link LIMITS}. */
    readonly limits?: Partial<Limits> | undefined;
}

/** A whole answer. */
export interface Answer {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
}

/**
 * One request and its whole answer, by every way over the network that is no stream. No redirection is followed: what
 * a request carries is for the server that was named.
 *
 * @throws UnansweredError where there is none within the limits
 */
export async function exchange(url: URL, { limits, ...question }: Question): Promise<Answer> {
    const within = { ...LIMITS, ...limits };
    const deadline = Date.now() + within.milliseconds;
    for (;;) {
        const answer = await answerOf(url, question, within, deadline - Date.now());
        if (answer !== undefined) {
            return answer;
        }
    }
}

/** @returns undefined where a connection of an earlier request turned out to be closed, and nothing was changed by it */
function answerOf(
    url: URL,
    { body, ...options }: Omit<Question, "limits">,
    limits: Limits,
    milliseconds: number,
): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
        const asked = begin(url, options);
        const fail = (reason: string): void => {
            clearTimeout(timer);
            reject(new UnansweredError(url.host, reason));
            asked.destroy();
        };
        let begun = false;
        const timer = setTimeout(() => {
            const seconds = limits.milliseconds / 1000;
            fail(begun ? `it did not end within ${seconds} s` : `nothing came within ${seconds} s`);
        }, milliseconds);
        asked.on("error", (error: NodeJS.ErrnoException) => {
            if (!begun && asked.reusedSocket && isClosed(error) && asked.method === "GET") {
                clearTimeout(timer);
                resolve(undefined);
            } else {
                fail(reasonOf(error));
            }
        });
        asked.on("response", (response) => {
            begun = true;
            const { statusCode: status = 0, headers } = response;
            if (isRedirection(status)) {
                fail(`it redirects (${status}), which is not followed`);
                return;
            }
            collect(response, limits.bytes).then(
                (text) => {
                    clearTimeout(timer);
                    resolve({ status, headers, text });
                },
                (error: unknown) => {
                    fail(error instanceof TooMuchError ? error.message : "it broke off");
                },
            );
        });
        asked.end(body);
    });
}

/**
 * Begins a request whose answer is a stream, however long. Only the connection has a limit.
 *
 * @param onEnd called once when nothing more will come, with why
 */
export function openStream(
    url: URL,
    options: RequestOptions & { readonly limits?: Partial<Limits> | undefined },
    onResponse: (response: IncomingMessage) => void,
    onEnd: (reason: string) => void,
): ClientRequest {
    const { milliseconds } = { ...LIMITS, ...options.limits };
    const asked = begin(url, options);
    const timer = setTimeout(() => {
        asked.destroy(new Error(`no connection within ${milliseconds / 1000} s`));
    }, milliseconds);
    let reason = "it broke off";
    asked
        .on("socket", (socket) => {
            const connected = url.protocol === "https:" ? "secureConnect" : "connect";
            socket.once(connected, () => {
                clearTimeout(timer);
            });
        })
        .on("response", (response) => {
            clearTimeout(timer);
            if (response.statusCode === 200) {
                onResponse(response);
            } else {
                reason = `the API server answered ${String(response.statusCode)}`;
                asked.destroy();
            }
        })
        .on("error", (error) => {
            reason = reasonOf(error);
        })
        .on("close", () => {
            clearTimeout(timer);
            onEnd(reason);
        })
        .end();
    return asked;
}

function begin(url: URL, options: RequestOptions): ClientRequest {
    return (url.protocol === "https:" ? requestHttps : requestHttp)(url, options);
}

class TooMuchError extends Error {}

async function collect(response: IncomingMessage, most: number): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > most) {
            throw new TooMuchError(`it is longer than ${most} bytes`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
}

function isRedirection(status: number): boolean {
    return status >= 300 && status < 400;
}

/** Whether the other side had ended a connection before it read the request. */
function isClosed({ code }: NodeJS.ErrnoException): boolean {
    return code === "ECONNRESET" || code === "EPIPE";
}

/** A connection that several addresses refuse fails without a message of its own. */
function reasonOf({ message, code, name }: NodeJS.ErrnoException): string {
    return message || (code ?? name);
}
