import type { ChaosIntent, ChaosKind } from "#model/chaos.ts";
import { isDuration, milliseconds } from "#model/duration.ts";
import type { Catalog, Duration, RetryIntent, ServiceIntent } from "#model/intents.ts";
import { isIdempotent, routeOf } from "#model/requests.ts";
import type { FaultIntent } from "#model/routing.ts";

/** What is asked for, not yet known to be possible. */
export interface ChaosRequest {
    readonly kind: ChaosKind;
    readonly service: string;
    /** Default: the only declared one. */
    readonly caller?: string;
    /** Percent of the requests. Required for `delay` and `abort`; 100 for `failing`. */
    readonly share?: number;
    /** Default for `delay`: `5s`. A `failing` pod with a delay hangs, without one it answers `status`. */
    readonly delay?: string;
    /** HTTP status. Default 503. */
    readonly status?: number;
}

/** What is known of the stack that an experiment is meant for. */
export interface ChaosSurroundings {
    readonly environment: string;
    /** Pods of the service that run now. */
    readonly pods: number;
}

const DEFAULT_DELAY: Duration = "5s";
const DEFAULT_STATUS = 503;
/** The smallest share that Envoy counts, and Istio's webhook accepts. */
const SMALLEST_SHARE = 0.0001;

/**
 * Reads a request against the catalogue.
 *
 * @returns the experiment, or one sentence about what is wrong with the request
 */
export function readChaosRequest(request: ChaosRequest, catalog: Catalog): ChaosIntent | string {
    const service = catalog.services.find(({ name }) => name === request.service);
    if (service === undefined) {
        const names = catalog.services.map(({ name }) => name).join(", ");
        return `There is no service "${request.service}"; there are ${names}.`;
    }
    const callers = Object.keys(service.callers);
    const caller = request.caller ?? (callers.length === 1 ? callers[0] : undefined);
    if (caller === undefined) {
        return `${service.name} has ${callers.length} callers; name one with --caller: ${callers.join(", ")}.`;
    }
    if (!callers.includes(caller)) {
        return `${caller} is no caller of ${service.name}; declared are ${callers.join(", ") || "none"}.`;
    }
    const fault = faultOf(request);
    return typeof fault === "string"
        ? fault
        : { kind: request.kind, service, caller, ...(fault && { fault }) };
}

function faultOf(request: ChaosRequest): FaultIntent | string | undefined {
    const { kind, delay = DEFAULT_DELAY, status = DEFAULT_STATUS } = request;
    const takes = {
        share: kind === "delay" || kind === "abort" || kind === "failing",
        delay: kind === "delay" || kind === "failing",
        status: kind === "abort" || kind === "failing",
    };
    for (const option of ["share", "delay", "status"] as const) {
        if (request[option] !== undefined && !takes[option]) {
            return `--${option} means nothing for ${kind}.`;
        }
    }
    if (!takes.share) {
        return undefined;
    }
    if (request.share === undefined && kind !== "failing") {
        return `Say with --share which percent of the requests ${kind} shall hit.`;
    }
    const { share = 100 } = request;
    if (!(share >= SMALLEST_SHARE && share <= 100)) {
        return `--share ${share} is not allowed; allowed are ${SMALLEST_SHARE} to 100 percent.`;
    }
    if (!isDelay(delay)) {
        return `--delay "${delay}" is no duration; allowed are for example 500ms and 5s.`;
    }
    if (!Number.isInteger(status) || status < 400 || status > 599) {
        return `--status ${status} is not allowed; allowed are 400 to 599.`;
    }
    const hangs = kind === "delay" || (kind === "failing" && request.delay !== undefined);
    if (hangs && request.status !== undefined) {
        return "A pod either hangs (--delay) or answers an error (--status), not both.";
    }
    const percent = Math.round(share * 10_000) / 10_000;
    return hangs
        ? { delay: { fixedDelay: delay, percent } }
        : { abort: { httpStatus: status, percent } };
}

function isDelay(text: string): text is Duration {
    return isDuration(text);
}

/** Why an experiment is not made on a stack, in one sentence; `undefined` where it may be made. */
export function whyNot(intent: ChaosIntent, around: ChaosSurroundings): string | undefined {
    const { kind, service } = intent;
    if (around.environment === "prod") {
        return "This stack's environment is prod: mesh chaos fails no requests of real users.";
    }
    if (kind === "failing" && hiddenByRetries(intent, around.pods)) {
        return `Every request that ${intent.caller} may make to ${service.name} is retried on this error, and another pod would answer: nobody would see it.`;
    }
    return undefined;
}

/**
 * Whether a failing pod would be seen by nobody: everything that the caller may ask is tried again on the failure, and
 * the next try finds another pod, or the same one when it does not fail. An `abort` or a `delay` in the caller's own
 * proxy is never hidden: it is drawn once a request, and not retried.
 */
export function hiddenByRetries({ service, caller, fault }: ChaosIntent, pods: number): boolean {
    const percent = fault?.abort?.percent ?? fault?.delay?.percent ?? 100;
    if (pods < 2 && percent === 100) {
        return false;
    }
    const permissions = service.callers[caller] ?? [];
    return (
        permissions.length > 0 &&
        permissions.every(
            ({ methods, paths }) =>
                methods.every(isIdempotent) &&
                paths.every((path) => {
                    const retries = retriesFor(service, path);
                    return retries !== undefined && triesAgain(retries, fault ?? {});
                }),
        )
    );
}

function retriesFor(service: ServiceIntent, path: string): RetryIntent | undefined {
    const route = routeOf(service, path);
    return route?.retries?.attempts === 0 ? undefined : route?.retries;
}

function triesAgain(retries: RetryIntent, { abort, delay }: FaultIntent): boolean {
    const { on } = retries;
    if (delay !== undefined) {
        // A try that took too long counts as a 504 of this proxy's own.
        return (
            (on.includes("5xx") || on.includes("gateway-error")) &&
            milliseconds(delay.fixedDelay) > milliseconds(retries.perTryTimeout)
        );
    }
    const status = abort?.httpStatus ?? DEFAULT_STATUS;
    return (
        (on.includes("5xx") && status >= 500) ||
        (on.includes("gateway-error") && [502, 503, 504].includes(status)) ||
        (on.includes("retriable-4xx") && status === 409)
    );
}
