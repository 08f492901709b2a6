import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import type { FollowedLog } from "#live/access-logs.ts";
import { followProxyLog } from "#live/access-logs.ts";
import { namesOf } from "#live/edge-requests.ts";
import type { PodName } from "#live/pods.ts";
import { runningPods } from "#live/pods.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import type { Thresholds } from "#model/canary.ts";
import type { ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";

/** What became of the requests to a service in some time, as its callers saw it. */
export interface Tally {
    readonly requests: number;
    /** How many ended with a 5xx, by code and Envoy's response flags: `503 NC`. */
    readonly lost: ReadonlyMap<string, number>;
}

/** Where it is read what became of requests. */
export interface TallySource {
    /**
     * What ended since the last time that it was asked; the first time it begins to count.
     *
     * @throws Error where a caller's log cannot be read, or could not be in the meantime
     */
    read(): Promise<Tally>;
    close(): void;
}

const NOTHING: Tally = { requests: 0, lost: new Map() };

/** A subset that is gone, and one without a pod that could answer: only the release itself can cause them. */
const UNROUTED = /\b(NC|UH)$/;

/**
 * Counts requests in the access logs of everybody who may call the service. A request to a subset that the caller's
 * proxy does not know stands in none of its counters.
 */
export class CallerLogs implements TallySource {
    readonly #kubeConfig: KubeConfig;
    readonly #service: ServiceIntent;
    readonly #context: MeshContext;
    /** By the pod's name. */
    readonly #logs = new Map<string, FollowedLog>();
    #lines: AccessLogLine[] = [];

    constructor(kubeConfig: KubeConfig, service: ServiceIntent, context: MeshContext) {
        this.#kubeConfig = kubeConfig;
        this.#service = service;
        this.#context = context;
    }

    async read(): Promise<Tally> {
        const lines = this.#lines;
        this.#lines = [];
        const broken = await this.#followAll();
        if (broken.length > 0) {
            throw new Error(broken.join("; "));
        }
        return tallyOf(lines);
    }

    close(): void {
        this.#logs.forEach((log) => {
            log.close();
        });
    }

    /** Follows every caller's pod that is not followed yet, and tells why one that was is not any more. */
    async #followAll(): Promise<readonly string[]> {
        const core = this.#kubeConfig.makeApiClient(CoreV1Api);
        const pods = await Promise.all(
            Object.keys(this.#service.callers).map((caller) =>
                runningPods(core, caller, this.#context),
            ),
        );
        const ended = (name: string): string | undefined => this.#logs.get(name)?.ended;
        const waiting = pods
            .flat()
            .filter(({ name }) => !this.#logs.has(name) || ended(name) !== undefined);
        const broken = waiting.flatMap(({ name }) => {
            const why = ended(name);
            return why === undefined ? [] : [`the log of ${name}: ${why}`];
        });
        await Promise.all(waiting.map((pod) => this.#follow(pod)));
        return broken;
    }

    async #follow(pod: PodName): Promise<void> {
        // By the name that was asked: an answer of the proxy's own is for no cluster.
        const names = new Set(namesOf(this.#service, this.#context));
        const log = await followProxyLog(this.#kubeConfig, pod, (line) => {
            if (names.has(String(line.authority))) {
                this.#lines.push(line);
            }
        });
        this.#logs.set(pod.name, log);
    }
}

/** What became of the requests that a service's callers logged. */
export function tallyOf(requests: readonly AccessLogLine[]): Tally {
    const lost = new Map<string, number>();
    for (const { response_code: code, response_flags: flags } of requests) {
        if (Number(code) >= 500) {
            const kind = `${String(code)} ${String(flags)}`;
            lost.set(kind, (lost.get(kind) ?? 0) + 1);
        }
    }
    return { requests: requests.length, lost };
}

/** Several tallies together. */
export function sumOfTallies(tallies: readonly Tally[]): Tally {
    return tallies.reduce((sum, { requests, lost }) => {
        const all = new Map(sum.lost);
        lost.forEach((count, kind) => all.set(kind, (all.get(kind) ?? 0) + count));
        return { requests: sum.requests + requests, lost: all };
    }, NOTHING);
}

/** Whether more was lost than a release may lose: any request that no version got, or too many of all. */
export function lostTooMany(
    { requests, lost }: Tally,
    { maxErrorRate, minRequests }: Thresholds,
): boolean {
    const unrouted = [...lost.keys()].some((kind) => UNROUTED.test(kind));
    return unrouted || countOf(lost) * 100 > maxErrorRate * Math.max(requests, minRequests);
}

/** A tally in a phrase: `1,204 requests in the meantime, 3 lost (2 with 503 NC, 1 with 500)`. */
export function describeTally({ requests, lost }: Tally): string {
    const kinds = [...lost].map(([kind, count]) => `${count} with ${kind.replace(/ -$/, "")}`);
    const why = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
    return `${grouped(requests)} ${requests === 1 ? "request" : "requests"} in the meantime, ${grouped(countOf(lost))} lost${why}`;
}

function countOf(lost: Tally["lost"]): number {
    return [...lost.values()].reduce((sum, count) => sum + count, 0);
}

function grouped(count: number): string {
    return count.toLocaleString("en");
}
