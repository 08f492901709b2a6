import { KubernetesObjectApi } from "@kubernetes/client-node";
import { REHEARSAL_LABEL } from "#live/rehearsal/objects.ts";
import { IMAGES } from "#local/versions.ts";
import { context, coreApi, kubeConfig, mesh } from "./support.ts";

/** One run of a scenario in what `mesh load --json` says, as far as it is looked at. */
export interface LoadRun {
    readonly scenario: string;
    readonly protection: boolean;
    readonly asItShould: boolean;
    readonly claims: readonly {
        readonly claim: string;
        readonly holds: boolean;
        readonly acts: boolean;
        readonly seen: string;
    }[];
    readonly phases: readonly {
        readonly name: string;
        readonly requests: number;
        readonly statuses: string;
        readonly counted: { readonly overflow: number };
    }[];
}

/** Runs `mesh load` with `--json`, of which nothing else may be on its standard output. */
export async function load(
    ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly runs: readonly LoadRun[] }> {
    const { exitCode, stdout, stderr } = await mesh("load", ...args, "--json");
    try {
        const { scenarios } = JSON.parse(stdout) as { readonly scenarios: readonly LoadRun[] };
        return { exitCode, runs: scenarios };
    } catch (error) {
        throw new Error(
            `mesh load ${args.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`,
            {
                cause: error,
            },
        );
    }
}

/** The claims that came out wrong, with what was seen. */
export function wrong(runs: readonly LoadRun[]): readonly string[] {
    return runs
        .filter(({ asItShould }) => !asItShould)
        .flatMap(({ scenario, protection, claims }) =>
            claims
                .filter(({ holds, acts }) => (protection ? !holds : holds && acts))
                .map(({ claim, seen }) => `${scenario} (${String(protection)}): ${claim}: ${seen}`),
        );
}

/** The kinds of which a rehearsal consists. */
const KINDS = [
    ["batch/v1", "Job"],
    ["apps/v1", "Deployment"],
    ["v1", "Service"],
    ["networking.istio.io/v1", "VirtualService"],
    ["networking.istio.io/v1", "DestinationRule"],
    ["security.istio.io/v1", "AuthorizationPolicy"],
] as const;

/** Whatever a rehearsal left, its pods, and those that make the load. */
export async function remainsOfLoad(): Promise<readonly string[]> {
    const api = KubernetesObjectApi.makeApiClient(kubeConfig());
    const { namespace } = context;
    const lists = await Promise.all(
        KINDS.map(async ([apiVersion, kind]) => {
            const { items } = await api.list(
                apiVersion,
                kind,
                namespace,
                undefined,
                undefined,
                undefined,
                undefined,
                REHEARSAL_LABEL,
            );
            return items.map(({ metadata }) => `${kind} ${metadata?.name ?? ""}`);
        }),
    );
    const { items } = await coreApi().listNamespacedPod({ namespace });
    const pods = items.filter(
        ({ metadata, spec }) =>
            metadata?.name?.includes("-rehearsal-") === true ||
            spec?.containers.some(({ image }) => image === IMAGES.k6) === true,
    );
    return [...lists.flat(), ...pods.map(({ metadata }) => `Pod ${metadata?.name ?? ""}`)];
}
