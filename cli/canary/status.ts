import type { KubeConfig } from "@kubernetes/client-node";
import type { Objects } from "#live/kubernetes/objects.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
import { CANARY } from "#model/canary.ts";
import type { CanaryIntent, ServiceIntent } from "#model/intents.ts";
import { declaredCatalog } from "#stack/catalog.ts";
import type { MeshConfig } from "#stack/config.ts";
import { meshContext } from "#stack/config.ts";
import { oneVersion } from "./gate.ts";
import { deploymentOf } from "./guard.ts";
import type { Divergence } from "./live.ts";
import { divergenceOf, readRelease } from "./live.ts";
import { isBeingPromoted } from "./plan.ts";
import type { CounterSource, Numbers } from "./reading.ts";
import { numbersOf } from "./reading.ts";
import { countersOf, releaseState } from "./session.ts";

export interface CanaryStatus {
    readonly service: string;
    readonly image: string;
    /** What the stack's file says; `undefined` for a service without canary. */
    readonly canary: CanaryIntent | undefined;
    readonly phase: "none" | "running" | "promoting";
    /** What the cluster has of the canary. */
    readonly live: {
        /** Percent that the VirtualService gives it; `undefined` where no route names it. */
        readonly weight: number | undefined;
        /** `undefined` where there is no Deployment. */
        readonly image: string | undefined;
        readonly ready: number;
        readonly wanted: number;
    };
    /** Whether the cluster has what the file says. */
    readonly deployed: boolean;
    /** What it has otherwise; `undefined` where nothing. */
    readonly divergence: Divergence | undefined;
    /** Since the callers' proxies started; none where they cannot be asked. */
    readonly numbers: { readonly canary: Numbers; readonly stable: Numbers } | undefined;
}

/** The state of each service, or of one, in the stack's file and in the cluster. */
export async function canaryStatus(
    kubeConfig: KubeConfig,
    config: MeshConfig,
    only?: string,
): Promise<readonly CanaryStatus[]> {
    const catalog = await declaredCatalog();
    const services = catalog.services.filter(({ name }) => only === undefined || name === only);
    const objects = new ClusterObjects(kubeConfig);
    return Promise.all(services.map((service) => statusOf(kubeConfig, objects, config, service)));
}

async function statusOf(
    kubeConfig: KubeConfig,
    objects: Objects,
    config: MeshConfig,
    service: ServiceIntent,
): Promise<CanaryStatus> {
    const state = releaseState(config, service.name);
    const { canary } = state;
    const context = meshContext(config);
    const live = await readRelease(objects, service, context);
    const { weight, images, ready, wanted } = live;
    const divergence = divergenceOf(live, state, service, context);
    return {
        service: service.name,
        image: state.image ?? service.image,
        canary,
        phase:
            canary === undefined
                ? "none"
                : isBeingPromoted({ ...state, canary })
                  ? "promoting"
                  : "running",
        live: { weight, image: images.get(CANARY), ready, wanted },
        deployed: divergence === undefined && ready === wanted,
        divergence,
        numbers:
            canary === undefined
                ? undefined
                : await numbers(countersOf(kubeConfig, config, service)),
    };
}

async function numbers(counters: CounterSource): Promise<CanaryStatus["numbers"]> {
    try {
        return numbersOf(await counters.read());
    } catch {
        // A status must be had even while nothing counts.
        return undefined;
    }
}

/** The status for people: a line a service, more for one with a canary. */
export function statusLines(status: CanaryStatus, stack: string): readonly string[] {
    const { service, image, canary, live } = status;
    if (canary === undefined) {
        return [`${service}: ${image}, no canary`, ...divergenceLines(status)];
    }
    const header =
        canary.header === undefined
            ? ""
            : ` and all requests with ${canary.header.name}: ${canary.header.value}`;
    const seen =
        live.weight === undefined
            ? "no route to it"
            : `${live.weight} % of the traffic, ${live.ready} of ${live.wanted} pods ready`;
    return [
        `${service}: ${image}, canary ${canary.image}`,
        `  stack ${stack}: ${canary.weight} % of the traffic${header}`,
        `  cluster: ${seen}`,
        ...divergenceLines(status),
        ...(status.numbers === undefined
            ? []
            : [
                  `  canary since the proxies started: ${oneVersion(status.numbers.canary)}`,
                  `  stable since the proxies started: ${oneVersion(status.numbers.stable)}`,
              ]),
        `  next: ${next(status, stack)}`,
    ];
}

function divergenceLines({ divergence }: CanaryStatus): readonly string[] {
    if (divergence === undefined) {
        return [];
    }
    const { differences, writers, interrupted } = divergence;
    const cause = interrupted
        ? "an interrupted deployment"
        : writers.length === 0
          ? "no deployment leaves that"
          : `written by ${writers.join(", ")}`;
    return [
        `  not what the stack says, ${cause}:`,
        ...differences.map((difference) => `    ${difference}`),
    ];
}

function next({ phase, service, canary, divergence }: CanaryStatus, stack: string): string {
    if (divergence?.interrupted === false) {
        return `${deploymentOf(stack)} brings back what the stack says; or mesh canary abort ${service}`;
    }
    if (phase === "promoting") {
        return `it is being promoted from ${canary?.replaces ?? ""}: mesh canary promote ${service}, or abort`;
    }
    return `mesh canary step, promote or abort ${service}`;
}
