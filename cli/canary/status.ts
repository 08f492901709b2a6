import type { KubeConfig } from "@kubernetes/client-node";
import { AppsV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { z } from "zod";
import { orAbsent } from "#live/kubernetes/errors.ts";
import { CANARY } from "#model/canary.ts";
import type { CanaryIntent, ServiceIntent } from "#model/intents.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import type { MeshContext } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import type { MeshConfig } from "#stack/config.ts";
import { meshContext } from "#stack/config.ts";
import { oneVersion } from "./gate.ts";
import { isBeingPromoted } from "./plan.ts";
import type { CounterSource, Numbers } from "./reading.ts";
import { numbersOf } from "./reading.ts";
import { countersOf, releaseState } from "./session.ts";

/** What the cluster has of a service's canary. */
interface LiveCanary {
    /** Percent that the VirtualService gives it; `undefined` where no route names it. */
    readonly weight: number | undefined;
    /** `undefined` where there is no Deployment. */
    readonly image: string | undefined;
    readonly ready: number;
    readonly wanted: number;
}

export interface CanaryStatus {
    readonly service: string;
    readonly image: string;
    /** What the stack's file says; `undefined` for a service without canary. */
    readonly canary: CanaryIntent | undefined;
    readonly phase: "none" | "running" | "promoting";
    readonly live: LiveCanary;
    /** Whether the cluster has what the file says. */
    readonly deployed: boolean;
    /** Since the callers' proxies started; none where they cannot be asked. */
    readonly numbers: { readonly canary: Numbers; readonly stable: Numbers } | undefined;
}

const virtualServiceSchema = z.object({
    spec: z.object({
        http: z.array(
            z.object({
                route: z
                    .array(
                        z.object({
                            destination: z.object({ subset: z.string().default("") }),
                            weight: z.number().default(0),
                        }),
                    )
                    .default([]),
            }),
        ),
    }),
});

/** The canary's share in the last route, which is the one without a header of its own. */
export function liveWeight(virtualService: unknown): number | undefined {
    const { http } = virtualServiceSchema.parse(virtualService).spec;
    return http.at(-1)?.route.find(({ destination }) => destination.subset === CANARY)?.weight;
}

/** The state of each service, or of one, in the stack's file and in the cluster. */
export async function canaryStatus(
    kubeConfig: KubeConfig,
    config: MeshConfig,
    only?: string,
): Promise<readonly CanaryStatus[]> {
    const services = catalog.services.filter(({ name }) => only === undefined || name === only);
    return Promise.all(services.map((service) => statusOf(kubeConfig, config, service)));
}

async function statusOf(
    kubeConfig: KubeConfig,
    config: MeshConfig,
    service: ServiceIntent,
): Promise<CanaryStatus> {
    const state = releaseState(config, service.name);
    const { canary } = state;
    const live = await liveCanary(kubeConfig, service.name, meshContext(config));
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
        live,
        deployed:
            live.weight === canary?.weight &&
            live.image === canary?.image &&
            live.ready === live.wanted,
        numbers:
            canary === undefined
                ? undefined
                : await numbers(countersOf(kubeConfig, config, service)),
    };
}

async function liveCanary(
    kubeConfig: KubeConfig,
    service: string,
    { namespace }: MeshContext,
): Promise<LiveCanary> {
    const [virtualService, deployment] = await Promise.all([
        orAbsent(
            kubeConfig.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
                ...groupAndVersion(API_VERSIONS.VirtualService),
                plural: "virtualservices",
                namespace,
                name: service,
            }) as Promise<unknown>,
        ),
        orAbsent(
            kubeConfig
                .makeApiClient(AppsV1Api)
                .readNamespacedDeployment({ namespace, name: `${service}-${CANARY}` }),
        ),
    ]);
    return {
        weight: virtualService === undefined ? undefined : liveWeight(virtualService),
        image: deployment?.spec?.template.spec?.containers[0]?.image,
        ready: deployment?.status?.readyReplicas ?? 0,
        wanted: deployment?.spec?.replicas ?? 0,
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
        return [
            `${service}: ${image}, no canary`,
            ...(status.deployed
                ? []
                : ["  the cluster still has one; the next deployment removes it"]),
        ];
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
        `  cluster: ${seen}${status.deployed ? "" : " - not what the stack says: an interrupted deployment"}`,
        ...(status.numbers === undefined
            ? []
            : [
                  `  canary since the proxies started: ${oneVersion(status.numbers.canary)}`,
                  `  stable since the proxies started: ${oneVersion(status.numbers.stable)}`,
              ]),
        `  next: ${next(status)}`,
    ];
}

function next({ phase, service, canary }: CanaryStatus): string {
    if (phase === "promoting") {
        return `it is being promoted from ${canary?.replaces ?? ""}: mesh canary promote ${service}, or abort`;
    }
    return `mesh canary step, promote or abort ${service}`;
}
