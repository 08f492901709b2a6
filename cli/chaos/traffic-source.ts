import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import { throughGateway } from "#live/edge-requests.ts";
import type { PodName } from "#live/pods.ts";
import { runningPods } from "#live/pods.ts";
import type { HttpProbe } from "#live/probes/probe.ts";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { startRehearsal } from "#live/rehearsal/session.ts";
import { questionOf } from "#live/requests.ts";
import { identityOf } from "#model/authorization.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { publicHost } from "#model/mesh.ts";
import type { MeshConfig } from "#stack/config.ts";
import type { MeasuredRequest } from "./traffic.ts";

/** Where requests come from, what they are, and which proxies make the caller's. */
export interface TrafficSource {
    readonly pod: ProbePod;
    readonly target: Omit<HttpProbe, "id">;
    callers(): Promise<readonly PodName[]>;
    close(): Promise<void>;
}

/** What an experiment's requests are made for, and from which cluster. */
export interface TrafficSourceOptions {
    readonly intent: ChaosIntent;
    readonly request: MeasuredRequest;
    /** The service of which the intent's is a rehearsal; `undefined` where the intent is about the real one. */
    readonly original: ServiceIntent | undefined;
    readonly kubeConfig: KubeConfig;
    readonly catalog: Catalog;
    readonly config: MeshConfig;
    readonly context: MeshContext;
    readonly lifetimeSeconds: number;
    readonly signal: AbortSignal;
}

/**
 * The real service is asked through the gateway, over its real caller. A rehearsal has no such path: it is asked by a
 * pod with the caller's identity, whose proxy does what the caller's would.
 *
 * @param probe value of the probe header
 */
export async function openTrafficSource(
    options: TrafficSourceOptions,
    session: ProbeSession,
    probe: string,
): Promise<TrafficSource> {
    return options.original === undefined
        ? throughTheGateway(options, session, probe)
        : onRehearsal(options, options.original, session, probe);
}

async function throughTheGateway(
    { request: { entry, method, path }, config, context, kubeConfig, intent }: TrafficSourceOptions,
    session: ProbeSession,
    probe: string,
): Promise<TrafficSource> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    return {
        pod: await session.start({ namespace: context.controlPlaneNamespace, name: "chaos" }),
        target: throughGateway(
            {
                // Elsewhere the gateway redirects what is not encrypted.
                scheme: config.environment === "dev" ? "http" : "https",
                host: publicHost(entry.hostname ?? entry.name, context),
                method,
                path,
                probe,
            },
            context,
        ),
        callers: () => runningPods(core, intent.caller, context),
        close: () => Promise.resolve(),
    };
}

async function onRehearsal(
    options: TrafficSourceOptions,
    original: ServiceIntent,
    session: ProbeSession,
    probe: string,
): Promise<TrafficSource> {
    const { intent, request, config, context } = options;
    const rehearsal = await startRehearsal({
        ...options,
        service: original,
        image: config.serviceImages[original.name] ?? original.image,
        groups: [{ name: "chaos", replicas: original.replicas }],
        breaker: true,
    });
    try {
        const pod = await session.startAs(identityOf(intent.caller, context), {
            inject: intent.caller === INGRESS_GATEWAY,
        });
        const { name, port } = intent.service;
        return {
            pod,
            target: questionOf(name, port, request.method, request.path, context, probe),
            callers: () => Promise.resolve([pod]),
            close: () => rehearsal.close(),
        };
    } catch (error) {
        await rehearsal.close();
        throw error;
    }
}
