import type { CanaryIntent, Catalog, ServiceIntent, VersionIntent } from "./intents.ts";

/** Name of the canary's version: its subset, and the `version` label of its pods. */
export const CANARY = "canary";

/** What a canary must keep to go on. */
export interface Thresholds {
    /** Percent of the canary's requests that may end with a 5xx or without an answer. */
    readonly maxErrorRate: number;
    /** How many times the stable version's 95th percentile the canary's may be. */
    readonly maxLatencyRatio: number;
    /** Requests of the canary without which it is not judged. */
    readonly minRequests: number;
}

/** By these `mesh canary` judges unless it is told otherwise, and by these a failing canary raises an alert. */
export const CANARY_THRESHOLDS: Thresholds = {
    maxErrorRate: 1,
    maxLatencyRatio: 2,
    minRequests: 50,
};

/** A stable version that is faster, in milliseconds, is taken for this slow: a ratio to less would measure the machine. */
export const LATENCY_FLOOR = 10;

/**
 * A service with its canary: one version more, and the weights of its own ones scaled down to what the canary leaves.
 * Whatever rounding leaves over goes to the first version, so that the sum stays 100.
 */
export function withCanary(
    service: ServiceIntent,
    canary: CanaryIntent | undefined,
): ServiceIntent {
    if (canary === undefined) {
        return service;
    }
    const { image, weight, header } = canary;
    const left = 100 - weight;
    const [first, ...others] = service.versions;
    const scaled = others.map((version): VersionIntent => ({
        ...version,
        weight: Math.floor((version.weight * left) / 100),
    }));
    const taken = scaled.reduce((sum, { weight }) => sum + weight, 0);
    return {
        ...service,
        versions: [
            { ...first, weight: left - taken },
            ...scaled,
            { name: CANARY, image, weight, ...(header && { header }) },
        ],
    };
}

/** The catalogue as a stack deploys it: each service with the canary that the stack gives it. */
export function withCanaries(
    catalog: Catalog,
    canaries: Readonly<Record<string, CanaryIntent>>,
): Catalog {
    return {
        ...catalog,
        services: catalog.services.map((service) => withCanary(service, canaries[service.name])),
    };
}
