import { setTimeout as sleep } from "node:timers/promises";
import { publicHost } from "#model/mesh.ts";
import { throughGateway } from "./edge.ts";
import type { EdgeRequest } from "./edge.ts";
import { PROBE_HEADERS } from "./matrix.ts";
import { context } from "./support.ts";

/** The most requests of {@link underTraffic} in a second. */
export const REQUESTS_PER_SECOND = 5;
/** However long the work takes: ten minutes of requests. */
const MOST = 3000;

/** What became of the requests of a while. */
export interface Traffic {
    readonly requests: number;
    /** One line a request that was not answered with 200. */
    readonly failures: readonly string[];
}

/** By turns one that order answers itself and one that goes on to payment and inventory, and changes nothing. */
function requestOf(turn: number): EdgeRequest {
    const common = { scheme: "http", host: publicHost("order", context), path: "/orders" } as const;
    return turn % 2 === 0
        ? common
        : { ...common, method: "POST", headers: PROBE_HEADERS, body: "{}" };
}

/** Runs `work` while requests go through the gateway, one after the other. */
export async function underTraffic(work: () => Promise<void>): Promise<Traffic> {
    const begun = performance.now();
    const failures: string[] = [];
    let requests = 0;
    let ended = false;
    const loop = async (): Promise<void> => {
        while (!ended && requests < MOST) {
            const at = ((performance.now() - begun) / 1000).toFixed(1);
            const request = requestOf(requests);
            requests += 1;
            try {
                const { status, body } = await throughGateway(request);
                if (status !== 200) {
                    failures.push(`${at}s ${request.method ?? "GET"}: ${status} ${body}`);
                }
            } catch (error) {
                failures.push(`${at}s ${request.method ?? "GET"}: ${String(error)}`);
            }
            await sleep(1000 / REQUESTS_PER_SECOND);
        }
    };
    const running = loop();
    try {
        await work();
    } finally {
        ended = true;
        await running;
    }
    return { requests, failures };
}
