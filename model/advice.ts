import { milliseconds } from "./duration.ts";
import type { ServiceIntent } from "./intents.ts";

/**
 * Hosts of one subset that outlier detection may eject at the same time. Envoy ejects one more host only where the
 * share afterwards still fits: `(ejected + 1) * 100 / hosts <= maxEjectionPercent`.
 */
export function ejectableHosts(hosts: number, maxEjectionPercent: number): number {
    return Math.floor((hosts * maxEjectionPercent) / 100);
}

/**
 * Settings of a service that are legal but do not do what they look like. Each is one sentence with its remedy.
 *
 * @param replicas pods of each version
 */
export function adviceFor(service: ServiceIntent, replicas: number): string[] {
    const advice: string[] = [];
    const { maxEjectionPercent, minHealthPercent } = service.outlierDetection;
    if (ejectableHosts(replicas, maxEjectionPercent) === 0) {
        const needed = Math.ceil(100 / maxEjectionPercent);
        advice.push(
            `${service.name}: its breaker can never eject: ${maxEjectionPercent} % of ${replicas} replica(s) is less than one; it needs ${needed} replicas of ${service.versions.length > 1 ? "each version" : "the service"}, or a larger maxEjectionPercent`,
        );
    } else if (minHealthPercent > (100 * (replicas - 1)) / replicas) {
        advice.push(
            `${service.name}: one ejection leaves less than minHealthPercent ${minHealthPercent} of its ${replicas} replicas, and Envoy then sends traffic to the ejected one again`,
        );
    }
    for (const { prefix, timeout, retries } of service.routes) {
        if (retries === undefined) {
            continue;
        }
        const tries = retries.attempts + 1;
        if (milliseconds(retries.perTryTimeout) * tries > milliseconds(timeout)) {
            advice.push(
                `${service.name}: route ${prefix}: ${tries} tries of ${retries.perTryTimeout} do not fit in its timeout of ${timeout}, so the last ones never finish`,
            );
        }
    }
    return advice;
}
