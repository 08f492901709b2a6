import type { IncomingMessage } from "node:http";
import { FaultSyntaxError } from "./faults.ts";
import { HttpError } from "./input.ts";
import type { Answer } from "./routing.ts";
import { header, PROBE_HEADER, traceId } from "./trace.ts";

/** What the access line tells beyond the request itself; filled in while the request is answered. */
export interface AccessRecord {
    /** The declared path that answered, `unmatched` where there is none. */
    route: string;
    /** The fault that acted. */
    fault?: string;
}

export interface AccessEntry {
    readonly service: string;
    readonly request: IncomingMessage;
    readonly record: AccessRecord;
    readonly status: number;
    readonly seconds: number;
}

/** One request as a line of JSON without its line break. */
export function accessLine(entry: AccessEntry): string {
    const { request, record } = entry;
    return JSON.stringify({
        time: new Date().toISOString(),
        service: entry.service,
        method: request.method,
        path: pathOf(request),
        route: record.route,
        status: entry.status,
        durationMs: Math.round(entry.seconds * 1e6) / 1e3,
        requestId: header(request.headers, "x-request-id"),
        traceId: traceId(request.headers),
        fault: record.fault,
        probe: header(request.headers, PROBE_HEADER),
    });
}

/** The request's path without its query, as it was sent. */
export function pathOf(request: IncomingMessage): string {
    return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/** Largest request body: 64 KiB. */
export const MAX_BODY_BYTES = 65_536;

/** The answer to a larger body; the connection is closed, because the rest of it is not read. */
export const TOO_LARGE: Answer = {
    status: 413,
    body: { error: `The body is larger than ${MAX_BODY_BYTES} bytes.` },
    headers: { connection: "close" },
};

/** The answer to a request whose handling threw. What nobody expected is 500 and told on standard error. */
export function answerFor(error: unknown, service: string): Answer {
    if (error instanceof HttpError) {
        return { status: error.status, body: { error: error.message }, headers: error.headers };
    }
    if (error instanceof FaultSyntaxError) {
        return { status: 400, body: { error: error.message } };
    }
    if (error instanceof Error && error.name === "BodyLimitError") {
        return TOO_LARGE;
    }
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${service}: ${shown}\n`);
    return { status: 500, body: { error: "The service failed; its log has the cause." } };
}
