import { CoreV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { Experiments } from "#cli/chaos/experiments.ts";
import type { PhaseName, PhaseStatistics } from "#cli/chaos/phases.ts";
import { context, eventually, kubeConfig } from "./support.ts";

/** What `mesh chaos run --json` says, as far as it is looked at. */
export interface ChaosResult {
    readonly holds: boolean;
    readonly phases: Readonly<Record<PhaseName, PhaseStatistics>>;
    readonly calls: { readonly requests: number; readonly flags: Readonly<Record<string, number>> };
    readonly chosen: { readonly pods: readonly string[] };
    readonly verdicts: readonly {
        readonly what: string;
        readonly outcome: string;
        readonly seen: string;
    }[];
}

/** The kinds of which an experiment makes objects, beside the Service that its EndpointSlice belongs to. */
const KINDS = [
    { group: "networking.istio.io", version: "v1", plural: "virtualservices" },
    { group: "networking.istio.io", version: "v1", plural: "destinationrules" },
    { group: "networking.istio.io", version: "v1alpha3", plural: "envoyfilters" },
    { group: "security.istio.io", version: "v1", plural: "authorizationpolicies" },
    { group: "discovery.k8s.io", version: "v1", plural: "endpointslices" },
    { group: "batch", version: "v1", plural: "jobs" },
] as const;

const LABEL = "mesh-chaos";

export function experiments(): Experiments {
    return new Experiments(kubeConfig(), context);
}

/** Whatever an experiment made and left, by its name. */
export async function remainsOfChaos(): Promise<readonly string[]> {
    const custom = kubeConfig().makeApiClient(CustomObjectsApi);
    const core = kubeConfig().makeApiClient(CoreV1Api);
    const { namespace } = context;
    const made = await Promise.all(
        KINDS.map(async ({ group, version, plural }) => {
            const { items } = (await custom.listNamespacedCustomObject({
                group,
                version,
                namespace,
                plural,
                labelSelector: LABEL,
            })) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
            return items.map(({ metadata }) => `${plural}/${metadata.name}`);
        }),
    );
    const [services, pods] = await Promise.all([
        core.listNamespacedService({ namespace, labelSelector: LABEL }),
        core.listNamespacedPod({ namespace, labelSelector: LABEL }),
    ]);
    return [
        ...made.flat(),
        ...[...services.items, ...pods.items].map(({ metadata }) => metadata?.name ?? ""),
    ];
}

/** Waits until a service has an experiment with everything it consists of. */
export async function runningOn(service: string): Promise<void> {
    await eventually(`an experiment runs on ${service}`, 60, async () => {
        const ids = (await experiments().list()).map(({ id }) => id);
        return ids.includes(service);
    });
}
