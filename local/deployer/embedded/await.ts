import { DeployError } from "../types.ts";
import { stringAt } from "./json.ts";
import type { KubeClient, KubeObject } from "./kube-client.ts";
import { conditionCheck, READINESS } from "./readiness.ts";
import type { ReadinessCheck } from "./readiness.ts";
import { pause, retry } from "./retry.ts";

export interface AwaitOptions {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    /** Told now and then what is being waited for. */
    readonly report: (why: string) => void;
}

const FIRST_POLL_MS = 150;
const LONGEST_POLL_MS = 1_000;
const REPORT_EVERY_MS = 15_000;

/**
 * Waits until an object is ready, in the sense its kind has, and returns it as it is then. Honours the annotations
 * `pulumi.com/skipAwait` and `pulumi.com/waitFor` (`condition=<type>`).
 *
 * @throws DeployError naming what is not ready and why: at once when it can no longer become ready, else at the end.
 */
export async function awaitReady(
    client: KubeClient,
    object: KubeObject,
    options: AwaitOptions,
): Promise<KubeObject> {
    const check = checkFor(object);
    if (check === undefined) return object;
    const started = Date.now();
    let live = object;
    let reported = started;
    for (let delay = FIRST_POLL_MS; ; delay = Math.min(delay * 1.5, LONGEST_POLL_MS)) {
        const state = await retry(() => check(client, live), { signal: options.signal });
        if (state.is === "ready") return live;
        if (state.is === "failed") throw new DeployError(`it failed: ${state.why}`);
        const { why } = state;
        const elapsed = Date.now() - started;
        if (elapsed >= options.timeoutMs) {
            const seconds = Math.round(options.timeoutMs / 1000);
            throw new DeployError(`it was not ready after ${seconds} seconds: ${why}`);
        }
        if (Date.now() - reported > REPORT_EVERY_MS) {
            reported = Date.now();
            options.report(why);
        }
        await pause(delay, options.signal);
        const next = await retry(() => client.get({ ...live, ...place(live) }, options.signal), {
            signal: options.signal,
        });
        if (next === undefined)
            throw new DeployError("somebody deleted it while it was waited for");
        live = next;
    }
}

/** What an object still lacks to be ready, or undefined when it is. */
export async function whyNotReady(
    client: KubeClient,
    object: KubeObject,
): Promise<string | undefined> {
    const state = await checkFor(object)?.(client, object);
    return state === undefined || state.is === "ready" ? undefined : state.why;
}

function place(object: KubeObject): { name: string; namespace?: string } {
    const { name, namespace } = object.metadata;
    return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function checkFor(object: KubeObject): ReadinessCheck | undefined {
    const annotation = (name: string): string | undefined =>
        stringAt(object, "metadata", "annotations", `pulumi.com/${name}`);
    if (annotation("skipAwait") === "true") return undefined;
    const waitFor = annotation("waitFor");
    if (waitFor !== undefined) return conditionCheck(waitFor);
    const group = object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
    return READINESS[group === "" ? object.kind : `${group}/${object.kind}`];
}
