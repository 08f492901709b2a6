import type { IncomingMessage, ServerResponse } from "node:http";
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

/** Sends the whole answer; `last` closes the connection after it. */
export function send(response: ServerResponse, answer: Answer, last: boolean): void {
    if (response.headersSent || response.destroyed) {
        return;
    }
    const text = typeof answer.body === "string" ? answer.body : `${JSON.stringify(answer.body)}\n`;
    response.writeHead(answer.status, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
        ...(last ? { connection: "close" } : {}),
        ...answer.headers,
    });
    response.end(text);
}

/** The answer to a request whose handling threw. What nobody expected is 500 and told on standard error. */
export function answerFor(error: unknown, service: string): Answer {
    if (error instanceof HttpError) {
        return { status: error.status, body: { error: error.message }, headers: error.headers };
    }
    if (error instanceof FaultSyntaxError) {
        return { status: 400, body: { error: error.message } };
    }
    const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${service}: ${shown}\n`);
    return { status: 500, body: { error: "The service failed; its log has the cause." } };
}
