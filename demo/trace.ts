import type { IncomingHttpHeaders } from "node:http";
import { FAULT_HEADER, faultsToPassOn } from "./faults.ts";

/** Header that marks a probe: the request is checked and passed on, but changes nothing. */
export const PROBE_HEADER = "x-mesh-probe";

/** Header that makes a POST repeatable. */
export const IDEMPOTENCY_HEADER = "idempotency-key";

/** Header in which a proxy tells whose client certificate it verified. */
export const CLIENT_CERTIFICATE_HEADER = "x-forwarded-client-cert";

const PASSED_ON = [
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
    "b3",
    PROBE_HEADER,
    IDEMPOTENCY_HEADER,
];

/**
 * Headers that an outgoing call takes over from the request it is made for: the trace's context in W3C
 * and B3 form, the request id, the probe mark, the idempotency key and the faults meant for others.
 * A service makes no trace of its own: what is not there is not sent.
 */
export function headersToPassOn(incoming: IncomingHttpHeaders): Record<string, string> {
    const outgoing: Record<string, string> = {};
    for (const [name, value] of Object.entries(incoming)) {
        if (value !== undefined && (PASSED_ON.includes(name) || name.startsWith("x-b3-"))) {
            outgoing[name] = Array.isArray(value) ? value.join(",") : value;
        }
    }
    const fault = faultsToPassOn(header(incoming, FAULT_HEADER) ?? "");
    return fault === undefined ? outgoing : { ...outgoing, [FAULT_HEADER]: fault };
}

/** The header's value, its repetitions joined; undefined where it is missing or empty. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(",") : value;
    return text === undefined || text.trim() === "" ? undefined : text;
}

/** The trace's id for the access line, from whichever form the request carries. */
export function traceId(headers: IncomingHttpHeaders): string | undefined {
    return (
        /^[\da-f]{2}-([\da-f]{32})-/.exec(header(headers, "traceparent") ?? "")?.[1] ??
        header(headers, "x-b3-traceid") ??
        /^([\da-f]{16,32})-/.exec(header(headers, "b3") ?? "")?.[1]
    );
}
