import { CallError, refusal } from "./client.ts";
import type { Reply, ServiceClient } from "./client.ts";
import { HttpError } from "./input.ts";
import type { JsonObject } from "./input.ts";

/** A service that another one depends on. */
export interface Upstream {
    readonly name: string;
    readonly client: ServiceClient;
}

/** Statuses that tell the first caller to ask for something else; they are passed on as they are. */
const CALLERS_FAULT = [400, 409, 422];

/**
 * Posts to the upstream and returns what it answered.
 *
 * @throws HttpError with the upstream's status where the request itself cannot be served, otherwise
 * 502; the message names the cause
 */
export async function ask(
    upstream: Upstream,
    path: string,
    body: JsonObject,
    headers: Readonly<Record<string, string>>,
): Promise<JsonObject> {
    let reply: Reply;
    try {
        reply = await upstream.client.post(path, body, headers);
    } catch (error) {
        if (error instanceof CallError) {
            throw new HttpError(502, `${error.message}.`);
        }
        throw error;
    }
    if (reply.status >= 200 && reply.status < 300) {
        return reply.body;
    }
    const status = CALLERS_FAULT.includes(reply.status) ? reply.status : 502;
    throw new HttpError(status, refusal(upstream.name, reply));
}
