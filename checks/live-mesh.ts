import { randomUUID } from "node:crypto";
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiException, CoreV1Api } from "@kubernetes/client-node";
import DataLoader from "dataloader";
import { AccessLogs } from "#live/access-logs.ts";
import type { HttpProbe, Probe, ProbeResult, TcpProbe } from "#live/probes/probe.ts";
import type { Proxy } from "#live/proxies/envoy-types.ts";
import type { EnvoyFilterChain } from "#live/proxies/envoy-types.ts";
import { proxyOfPod } from "#live/proxies/envoy.ts";
import { inboundChains } from "#live/proxies/inbound.ts";
import { runningPods } from "#live/pods.ts";
import type { RunningPod } from "#live/pods.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Origin, ProbePods, StandingOrigin } from "./probe-pods.ts";

/** A probe without its id, which the mesh gives it. */
export type Question = Omit<HttpProbe, "id"> | Omit<TcpProbe, "id">;

/** What a probe came to, and from where it was made. */
export interface Reply extends ProbeResult {
    /** Address of the pod, as access logs name it. */
    readonly from: string;
}

/** A question that is asked once in a run, whoever wants to know. */
export function oncePerRun<T>(ask: (live: LiveMesh) => Promise<T>): (live: LiveMesh) => Promise<T> {
    const answers = new WeakMap<LiveMesh, Promise<T>>();
    return (live) => {
        const answer = answers.get(live) ?? ask(live);
        answers.set(live, answer);
        return answer;
    };
}

/**
 * The same for what changes while checks run: an answer serves whoever asks again within a moment.
 *
 * @param milliseconds how long, since it was asked
 */
export function oncePerMoment<T>(
    milliseconds: number,
    ask: (live: LiveMesh) => Promise<T>,
): (live: LiveMesh) => Promise<T> {
    const answers = new WeakMap<LiveMesh, { readonly at: number; readonly answer: Promise<T> }>();
    return (live) => {
        const known = answers.get(live);
        if (known !== undefined && Date.now() - known.at < milliseconds) {
            return known.answer;
        }
        const answer = ask(live);
        answers.set(live, { at: Date.now(), answer });
        return answer;
    };
}

/** What was asked of the Kubernetes API, or `undefined` where there is no such thing. */
export async function ifFound<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
        return await asked;
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

/** At least one. */
type Pods = readonly [RunningPod, ...RunningPod[]];

/** What the live mesh of one run is asked through. */
export interface LiveMeshOptions {
    /** What should hold. */
    readonly mesh: DeclaredMesh;
    /** Its current context is the cluster that is asked. */
    readonly kubeConfig: KubeConfig;
    /** Outlive the run: the next one asks from them again. */
    readonly probePods: ProbePods;
    /** Aborted where the answers are wanted no more. */
    readonly signal: AbortSignal;
}

/**
 * The live mesh as one run of the checks sees it. What is asked twice is asked once: equal questions from one origin
 * share their answer, and everything asked at the same moment goes out as one batch.
 */
export class LiveMesh {
    /** Tells this run's requests from another's in access logs. */
    readonly id = randomUUID();
    readonly mesh: DeclaredMesh;
    readonly kubeConfig: KubeConfig;
    readonly core: CoreV1Api;
    readonly signal: AbortSignal;
    readonly #probePods: ProbePods;
    readonly #origins = new Map<Origin, DataLoader<Question, Reply, string>>();
    readonly #pods = new Map<string, Promise<readonly RunningPod[]>>();
    readonly #proxies = new Map<string, Promise<Proxy>>();
    readonly #accessLogs: AccessLogs;

    constructor({ mesh, kubeConfig, probePods, signal }: LiveMeshOptions) {
        this.mesh = mesh;
        this.kubeConfig = kubeConfig;
        this.#probePods = probePods;
        this.signal = signal;
        this.core = kubeConfig.makeApiClient(CoreV1Api);
        this.#accessLogs = new AccessLogs(this.core, mesh.context);
    }

    /** Makes a request from a pod of that origin. */
    ask(origin: Origin, question: Question): Promise<Reply> {
        let loader = this.#origins.get(origin);
        if (loader === undefined) {
            loader = new DataLoader((questions) => this.#askAll(origin, questions), {
                cacheKeyFn: (asked) => JSON.stringify(asked),
            });
            this.#origins.set(origin, loader);
        }
        return loader.load(question);
    }

    /** Address of an origin's probe pod. */
    async addressOf(origin: StandingOrigin): Promise<string> {
        return (await this.#probePods.standing(origin)).ip;
    }

    /** The running pods of a workload, or of the ingress gateway. */
    async pods(workload: string): Promise<Pods> {
        let pods = this.#pods.get(workload);
        if (pods === undefined) {
            pods = runningPods(this.core, workload, this.mesh.context);
            this.#pods.set(workload, pods);
        }
        const [first, ...others] = await pods;
        if (first === undefined) {
            throw new Error(`no pod of ${workload} runs`);
        }
        return [first, ...others];
    }

    /** What the proxy of a workload's first pod, or of the ingress gateway's, really does. */
    async proxy(workload: string): Promise<Proxy> {
        const [pod] = await this.pods(workload);
        return this.proxyOf(pod);
    }

    /** What the proxy of a pod really does. */
    proxyOf(pod: RunningPod): Promise<Proxy> {
        let proxy = this.#proxies.get(pod.name);
        if (proxy === undefined) {
            proxy = proxyOfPod(this.kubeConfig, pod);
            this.#proxies.set(pod.name, proxy);
        }
        return proxy;
    }

    /** What the proxy of a probe pod does with what reaches it: what it does for any workload nobody declared. */
    async inboundOf(origin: StandingOrigin): Promise<readonly EnvoyFilterChain[]> {
        return inboundChains(this.kubeConfig, await this.#probePods.standing(origin));
    }

    /**
     * The line that the proxy of a workload wrote about a request, as a server and as a client.
     *
     * @param matches tells the line from others; a value given as the probe header is unique to one request
     * @returns `undefined` where there was none within a few seconds: a proxy writes its log once a second
     */
    logged(
        workload: string,
        matches: (line: AccessLogLine) => boolean,
    ): Promise<AccessLogLine | undefined> {
        return this.#accessLogs.find(workload, matches);
    }

    #askAll(origin: Origin, questions: readonly Question[]): Promise<Reply[]> {
        return this.#probePods.use(origin, async (pod) => {
            const probes = questions.map((question): Probe => ({ ...question, id: randomUUID() }));
            const results = await pod.run(probes);
            return probes.map(({ id }) => ({
                ...(results.get(id) ?? { id, milliseconds: 0, error: "NOT_RUN" }),
                from: pod.ip,
            }));
        });
    }
}
