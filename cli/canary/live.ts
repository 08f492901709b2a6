import type { V1Deployment } from "@kubernetes/client-node";
import type { LiveObject, Objects } from "#live/kubernetes/objects.ts";
import type { Path } from "#live/kubernetes/declared.ts";
import { foreignFields } from "#local/deployer/managed-fields.ts";
import { CANARY } from "#model/canary.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import type { ReleaseState } from "#stack/stack-file.ts";
import type { Difference, Part, Picture } from "./picture.ts";
import {
    declaredPicture,
    describeDifference,
    differencesOf,
    liveWeight,
    mayBeHalfDeployed,
    routesIn,
    subsetsIn,
} from "./picture.ts";

/** What the cluster has of a service's release. */
export interface LiveRelease extends Picture {
    /** Percent that the VirtualService gives the canary; `undefined` where no route names it. */
    readonly weight: number | undefined;
    /** Pods of the canary that are ready, and that its Deployment wants. */
    readonly ready: number;
    readonly wanted: number;
    /** Who else than Pulumi wrote a part, as the API server recorded it. */
    readonly writers: Readonly<Record<Part, readonly string[]>>;
}

/** A cluster that has another release of a service than its stack's file says. */
export interface Divergence {
    /** What differs, one phrase each. */
    readonly differences: readonly string[];
    /** Who wrote what differs, where that was not Pulumi. */
    readonly writers: readonly string[];
    /** Whether a deployment that did not come to its end explains it. */
    readonly interrupted: boolean;
}

/** Where each part is in its object. */
const PLACES: Readonly<Record<Part, Path>> = {
    routes: ["spec", "http"],
    subsets: ["spec", "subsets"],
    images: ["spec", "template", "spec", "containers"],
};

/** Reads what the cluster has of a service's release. */
export async function readRelease(
    objects: Objects,
    service: ServiceIntent,
    context: MeshContext,
): Promise<LiveRelease> {
    const { namespace } = context;
    const istio = (kind: "VirtualService" | "DestinationRule"): Promise<LiveObject | undefined> =>
        objects.read({
            apiVersion: API_VERSIONS[kind],
            kind,
            metadata: { name: service.name, namespace },
        });
    const versions = [...service.versions.map(({ name }) => name), CANARY];
    const [virtualService, destinationRule, ...deployments] = await Promise.all([
        istio("VirtualService"),
        istio("DestinationRule"),
        ...versions.map((version) =>
            objects.read({
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: `${service.name}-${version}`, namespace },
            }),
        ),
    ]);
    const found = deployments.map((each) => each as V1Deployment | undefined);
    const canary = found.at(-1);
    return {
        routes: routesIn(virtualService?.["spec"], clusterHost(service.name, context)),
        subsets: subsetsIn(destinationRule?.["spec"]),
        images: new Map(
            versions.flatMap((version, index) => {
                const image = found[index]?.spec?.template.spec?.containers[0]?.image;
                return image === undefined ? [] : [[version, image]];
            }),
        ),
        weight: virtualService && liveWeight(virtualService["spec"]),
        ready: canary?.status?.readyReplicas ?? 0,
        wanted: canary?.spec?.replicas ?? 0,
        writers: {
            routes: writersOf("routes", [virtualService]),
            subsets: writersOf("subsets", [destinationRule]),
            images: writersOf("images", deployments),
        },
    };
}

function writersOf(part: Part, objects: readonly (LiveObject | undefined)[]): readonly string[] {
    const place = PLACES[part];
    const fields = objects.flatMap((object) => (object === undefined ? [] : foreignFields(object)));
    return fields
        .filter(({ path }) => place.every((step, at) => at >= path.length || path[at] === step))
        .map(({ manager }) => manager);
}

/** What the cluster has otherwise than the stack's file says; `undefined` where nothing. */
export function divergenceOf(
    live: LiveRelease,
    state: ReleaseState,
    service: ServiceIntent,
    context: MeshContext,
): Divergence | undefined {
    const differences = differencesOf(declaredPicture(service, state, context), live);
    if (differences.length === 0) {
        return undefined;
    }
    const writers = writersAmong(differences, live);
    return {
        differences: differences.map(describeDifference),
        writers,
        interrupted:
            writers.length === 0 && mayBeHalfDeployed(live, live.weight, state, service, context),
    };
}

function writersAmong(differences: readonly Difference[], live: LiveRelease): readonly string[] {
    return [...new Set(differences.flatMap(({ part }) => live.writers[part]))];
}
