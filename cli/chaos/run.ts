import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import type { Report } from "#errors.ts";
import { runningPods } from "#live/pods.ts";
import { ProbeSession } from "#live/probes/session.ts";
import { grownBy } from "#live/proxies/counters.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { unlessAborted } from "../interrupt.ts";
import type { Experiments } from "./experiments.ts";
import { clock } from "./experiments.ts";
import type { ChaosFacts } from "./facts.ts";
import { callerCounters, requestsLogged } from "./observe.ts";
import type { PhaseName, PhaseStatistics, Span } from "./phases.ts";
import { statisticsOf, within } from "./phases.ts";
import { openTrafficSource } from "./traffic-source.ts";
import type { TrafficSource, TrafficSourceOptions } from "./traffic-source.ts";
import type { Answer } from "./traffic.ts";
import { steadyTraffic } from "./traffic.ts";
import { chaosInWords } from "./words.ts";

const BEFORE_SECONDS = 4;
const AFTER_SECONDS = 6;
/** Proxies learn of a change within about a second, and older connections keep what they had a little longer. */
const SETTLING_SECONDS = 2;
/** Envoy writes its log once a second. */
const LOG_MS = 1500;

/** One experiment: what fails, for how long, and where its requests come from. */
export interface ChaosRunOptions extends Omit<TrafficSourceOptions, "lifetimeSeconds"> {
    readonly experiments: Experiments;
    /** Asked once more before anything fails. */
    readonly assertTarget: TargetLook;
    readonly probeImage: string;
    /** Whole seconds after which the cluster ends the experiment. */
    readonly seconds: number;
    /** Takes a line when something begins. */
    readonly report: Report;
    /** Takes every answer as it comes. */
    readonly onAnswer: (answer: Answer) => void;
}

/**
 * Makes the experiment under steady traffic, ends it, and returns what was seen. Interrupted, it ends the experiment at
 * once.
 *
 * @throws EnvironmentError where the service has an experiment already
 */
export async function runExperiment(options: ChaosRunOptions): Promise<ChaosFacts> {
    const { kubeConfig, signal, seconds, context, intent } = options;
    // Pods may take a while to start.
    const lifetimeSeconds = BEFORE_SECONDS + seconds + AFTER_SECONDS + 240;
    const session = new ProbeSession({
        kubeConfig,
        image: options.probeImage,
        lifetimeSeconds,
        signal,
    });
    let source: TrafficSource | undefined;
    try {
        options.report("starting what makes the requests");
        const probe = randomUUID();
        source = await openTrafficSource({ ...options, lifetimeSeconds }, session, probe);
        const { pod, target } = source;
        const answers: Answer[] = [];
        const begun = Date.now();
        const traffic = steadyTraffic({
            kubeConfig,
            pod,
            target,
            seconds: BEFORE_SECONDS + seconds + AFTER_SECONDS,
            onAnswer: (answer) => {
                answers.push(answer);
                options.onAnswer(answer);
            },
        });
        // Awaited at the end; until then its failure is no unhandled one.
        traffic.catch(() => undefined);
        const core = kubeConfig.makeApiClient(CoreV1Api);
        const pods = (await runningPods(core, intent.service.name, context)).length;
        options.report(`before: ${BEFORE_SECONDS} s`);
        await sleep(BEFORE_SECONDS * 1000, undefined, { signal });
        const proxies = await source.callers();
        const { service } = intent;
        const earlier = await callerCounters(kubeConfig, proxies, service, context);
        await options.assertTarget();
        const on = Date.now();
        const chosen = await options.experiments.start(intent, chaosInWords(intent), seconds);
        const active = Date.now();
        let off: number;
        try {
            options.report(`during: ${seconds} s, until ${clock(on + seconds * 1000)}`);
            await sleep(on + seconds * 1000 - Date.now(), undefined, { signal });
        } finally {
            off = Date.now();
            await options.experiments.stop(intent.service.name);
        }
        const later = await callerCounters(kubeConfig, proxies, service, context);
        options.report(`after: ${AFTER_SECONDS} s`);
        await unlessAborted(traffic, signal);
        await sleep(LOG_MS);
        const sinceSeconds = Math.ceil((Date.now() - begun) / 1000) + 1;
        const calls = await requestsLogged(kubeConfig, proxies, service, context, {
            probe,
            sinceSeconds,
        });
        const settled = SETTLING_SECONDS * 1000;
        const spans: Readonly<Record<PhaseName, Span>> = {
            before: { from: 0, to: on },
            during: { from: active + settled, to: off },
            after: { from: off + settled, to: Infinity },
        };
        const seenIn = (phase: PhaseName): PhaseStatistics =>
            statisticsOf(within(answers, spans[phase]));
        return {
            intent,
            request: options.request,
            pods,
            chosen: { pods: chosen, gone: await areGone(core, chosen) },
            phases: { before: seenIn("before"), during: seenIn("during"), after: seenIn("after") },
            calls: within(calls, spans.during),
            counters: grownBy(earlier, later),
        };
    } finally {
        await Promise.all([session.close(), source?.close()]);
    }
}

async function areGone(core: CoreV1Api, names: readonly string[]): Promise<boolean> {
    const { items } = await core.listPodForAllNamespaces();
    const there = new Set(items.map(({ metadata }) => metadata?.name));
    return names.every((name) => !there.has(name));
}
