import type { IncomingMessage } from "node:http";
import { HttpError } from "./input.ts";

/** Largest request body: 64 KiB. */
const MAX_BODY_BYTES = 65_536;

/**
 * The request's body as text.
 *
 * @throws HttpError 413 where it is larger than {@link MAX_BODY_BYTES}, 400 where it ended early
 */
export async function readBody(request: IncomingMessage): Promise<string> {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
        throw tooLarge(request);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    return await new Promise((resolve, reject) => {
        request.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_BODY_BYTES) {
                chunks.length = 0;
                reject(tooLarge(request));
            } else {
                chunks.push(chunk);
            }
        });
        request.on("end", () => {
            resolve(Buffer.concat(chunks).toString("utf8"));
        });
        request.on("error", () => {
            reject(new HttpError(400, "The body ended before it was complete."));
        });
    });
}

/** The rest is thrown away unread and the connection closed, so that the caller sees the answer. */
function tooLarge(request: IncomingMessage): HttpError {
    request.resume();
    return new HttpError(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`, {
        connection: "close",
    });
}
