import type { Field } from "#policy/field.ts";
import { durationAt } from "../routes/virtual-service.ts";

/** How much may be under way at once; what is absent has no limit. */
export interface Limits {
    readonly maxConnections?: number;
    readonly http1MaxPendingRequests?: number;
    readonly http2MaxRequests?: number;
    readonly maxRequestsPerConnection?: number;
    readonly maxRetries?: number;
}

/** When a pod is taken out of the callers' balancing. */
export interface Ejection {
    /** Errors in a row; absent where no number of them is enough. */
    readonly errors?: number;
    /** Milliseconds between two looks. */
    readonly interval: number;
    /** Milliseconds for which a pod stays out the first time. */
    readonly baseTime: number;
    readonly maxPercent: number;
    readonly minHealthPercent: number;
    /** How many of the pods may be out at once; absent where only the cluster knows how many there are. */
    readonly most?: number;
}

/** The limits of a connection pool. @throws UnknownValue */
export function limitsAt(pool: Field): Limits {
    const http = pool.at("http");
    const numbers = {
        maxConnections: pool.at("tcp", "maxConnections").number(),
        http1MaxPendingRequests: http.at("http1MaxPendingRequests").number(),
        http2MaxRequests: http.at("http2MaxRequests").number(),
        maxRequestsPerConnection: http.at("maxRequestsPerConnection").number(),
        maxRetries: http.at("maxRetries").number(),
    };
    // Zero is Istio's word for no limit.
    return Object.fromEntries(
        Object.entries(numbers).filter(([, number]) => number !== undefined && number > 0),
    );
}

const DEFAULTS = { errors: 5, interval: 10_000, baseTime: 30_000, maxPercent: 10 } as const;

/** How many of some pods may be out at once, by both shares. */
function ejectable(pods: number, maxPercent: number, minHealthPercent: number): number {
    const allowed = Math.floor((pods * Math.min(maxPercent, 100)) / 100);
    const healthy = Math.floor((pods * (100 - minHealthPercent)) / 100);
    return Math.min(allowed, healthy);
}

/** Fewest errors in a row that take a pod out; 0 turns a rule off. @throws UnknownValue */
function errorsAt(detection: Field): number | undefined {
    const any = detection.at("consecutive5xxErrors").number() ?? DEFAULTS.errors;
    const gateway = detection.at("consecutiveGatewayErrors").number() ?? 0;
    const active = [any, gateway].filter((number) => number > 0);
    return active.length === 0 ? undefined : Math.min(...active);
}

/** @throws UnknownValue */
export function ejectionAt(detection: Field, pods: number | undefined): Ejection | undefined {
    if (!detection.exists) {
        return undefined;
    }
    const errors = errorsAt(detection);
    const maxPercent = detection.at("maxEjectionPercent").number() ?? DEFAULTS.maxPercent;
    const minHealthPercent = detection.at("minHealthPercent").number() ?? 0;
    return {
        ...(errors !== undefined && { errors }),
        interval: durationAt(detection.at("interval")) ?? DEFAULTS.interval,
        baseTime: durationAt(detection.at("baseEjectionTime")) ?? DEFAULTS.baseTime,
        maxPercent,
        minHealthPercent,
        ...(pods !== undefined && { most: ejectable(pods, maxPercent, minHealthPercent) }),
    };
}
