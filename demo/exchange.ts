import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readBody } from "./body.ts";
import { FAULT_HEADER, faultFor, parseFaults } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { parseJsonBody } from "./input.ts";
import type { ServiceName } from "./names.ts";
import { pathOf } from "./respond.ts";
import type { AccessRecord } from "./respond.ts";
import { findRoute, run } from "./routing.ts";
import type { Answer, Call, Route } from "./routing.ts";
import {
    CLIENT_CERTIFICATE_HEADER,
    header,
    headersToPassOn,
    IDEMPOTENCY_HEADER,
    PROBE_HEADER,
} from "./trace.ts";

export interface ResponderParts {
    readonly name: ServiceName;
    readonly routes: readonly Route[];
    /** What this replica does to requests whose header says nothing for this service. */
    readonly ownFault: Fault | undefined;
    readonly random: () => number;
    /** Resolves once the connection of a request that is never answered has ended. */
    readonly hang: (response: ServerResponse) => Promise<void>;
}

/** Answers one request; undefined where the connection ended without an answer. */
export type Responder = (
    request: IncomingMessage,
    response: ServerResponse,
    record: AccessRecord,
) => Promise<Answer | undefined>;

/**
 * Answers requests by their route, after doing to them what a fault asks for.
 *
 * The returned function throws HttpError and FaultSyntaxError for requests that cannot be answered.
 */
export function createResponder(parts: ResponderParts): Responder {
    const drawFault = (request: IncomingMessage): Fault | undefined => {
        const asked = header(request.headers, FAULT_HEADER);
        const told = asked === undefined ? undefined : faultFor(parseFaults(asked), parts.name);
        const fault = told ?? parts.ownFault;
        return fault !== undefined && parts.random() * 100 < fault.share ? fault : undefined;
    };

    return async (request, response, record) => {
        const route = findRoute(parts.routes, request.method ?? "", pathOf(request));
        record.route = route.path;
        const probe = header(request.headers, PROBE_HEADER) !== undefined;
        if (route.operational === true) {
            return await run(route, callOf(request, ""), probe);
        }
        const fault = drawFault(request);
        if (fault !== undefined) {
            record.fault = JSON.stringify(fault);
        }
        const call = callOf(request, await readBody(request));
        // What is slow or dies stays so after its caller has left, as with a real overloaded server.
        await sleep(fault?.delayMs ?? 0);
        if (fault?.hang === true) {
            await parts.hang(response);
            return undefined;
        }
        if (fault?.status === undefined) {
            return await run(route, call, probe);
        }
        if (fault.after) {
            await run(route, call, probe);
        }
        const error = `${parts.name} fails because a fault was asked for.`;
        return { status: fault.status, body: { error, fault: true } };
    };
}

function callOf(request: IncomingMessage, text: string): Call {
    const { headers } = request;
    return {
        body: parseJsonBody(text),
        passedOn: headersToPassOn(headers),
        idempotencyKey: header(headers, IDEMPOTENCY_HEADER),
        callerCertificate: header(headers, CLIENT_CERTIFICATE_HEADER) ?? null,
    };
}
