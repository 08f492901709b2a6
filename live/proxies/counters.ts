import type { KubeConfig } from "@kubernetes/client-node";
import type { PodName } from "../pods.ts";
import { askProxy } from "./admin.ts";

/** What a breaker did since the proxy started, summed over the clusters that were asked for. */
export interface BreakerCounters {
    /** Requests refused because a limit of the pool was reached, whichever. */
    readonly overflow: number;
    /** Hosts that are ejected now. */
    readonly ejected: number;
    /** Ejections that were carried out. */
    readonly ejections: number;
    /** Ejections that were due, but more than the allowed share. */
    readonly ejectionsDenied: number;
    /** Choices of a host made in panic: too few were healthy, so the ejected ones were used again. */
    readonly panic: number;
    /** Requests that were sent to a host, retries included. */
    readonly requests: number;
    /** Requests that were sent again. */
    readonly retries: number;
}

/** The counter of Envoy's that each of ours is the sum of; names end the line, after an optional `;`. */
const NAMES: Readonly<Record<keyof BreakerCounters, RegExp>> = {
    overflow: /\.upstream_rq_(active|pending)_overflow$/,
    ejected: /\.outlier_detection\.ejections_active$/,
    ejections: /\.outlier_detection\.ejections_enforced_total$/,
    ejectionsDenied: /\.outlier_detection\.ejections_overflow$/,
    panic: /\.lb_healthy_panic$/,
    requests: /\.upstream_rq_total$/,
    retries: /\.upstream_rq_retry_backoff_exponential$/,
};

/**
 * Reads a proxy's counters.
 *
 * @param clusters part of a regular expression that the clusters' names match, for example `inbound` or a host
 */
export async function breakerCounters(
    kubeConfig: KubeConfig,
    proxy: PodName,
    clusters: string,
): Promise<BreakerCounters> {
    const path = `stats?filter=${encodeURIComponent(clusters)}`;
    return countersIn(await askProxy(kubeConfig, proxy, path));
}

/** The counters in Envoy's text form, `name: value` a line. */
export function countersIn(text: string): BreakerCounters {
    const lines = text.split("\n").flatMap((line) => {
        const [, name = "", value = ""] = /^(\S+): (\d+)$/.exec(line) ?? [];
        return name === "" ? [] : [{ name, value: Number(value) }];
    });
    const sum = (pattern: RegExp): number =>
        lines
            .filter(({ name }) => pattern.test(name))
            .reduce((total, { value }) => total + value, 0);
    return eachCounter((name) => sum(NAMES[name]));
}

/** What happened between two readings; a gauge stays what it is. */
export function grownBy(before: BreakerCounters, after: BreakerCounters): BreakerCounters {
    const { ejected } = after;
    return { ...eachCounter((name) => after[name] - before[name]), ejected };
}

/** What several proxies counted together. */
export function sumOf(counters: readonly BreakerCounters[]): BreakerCounters {
    return eachCounter((name) => counters.reduce((sum, each) => sum + each[name], 0));
}

function eachCounter(valueOf: (name: keyof BreakerCounters) => number): BreakerCounters {
    const names = Object.keys(NAMES) as (keyof BreakerCounters)[];
    return Object.fromEntries(
        names.map((name) => [name, valueOf(name)]),
    ) as unknown as BreakerCounters;
}
