import { z } from "zod";
import { CANARY, withCanary } from "#model/canary.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import type { CanaryIntent, HeaderMatch, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import { virtualServiceSpec } from "#model/routing.ts";
import type { ReleaseState } from "#stack/stack-file.ts";

/** What decides which version of a service a request gets, and what that version is: declared, or in a cluster. */
export interface Picture {
    /** Where each route sends its requests, by its name: `canary 5 %, v1 95 %`. */
    readonly routes: ReadonlyMap<string, string>;
    /** Labels of the pods of each subset, by its name. */
    readonly subsets: ReadonlyMap<string, string>;
    /** Image of the pods of each version, by its name. */
    readonly images: ReadonlyMap<string, string>;
}

/** The parts of a picture, each an object or several in the cluster. */
const PARTS = ["routes", "subsets", "images"] as const;
export type Part = (typeof PARTS)[number];

const LABELS: Readonly<Record<Part, string>> = {
    routes: "route",
    subsets: "subset",
    images: "image of",
};

/** Something that the cluster has otherwise than it is declared. */
export interface Difference {
    readonly part: Part;
    readonly name: string;
    /** `undefined` where there is none. */
    readonly cluster: string | undefined;
    readonly declared: string | undefined;
}

const routesSchema = z.looseObject({
    http: z
        .array(
            z.looseObject({
                name: z.string().optional(),
                route: z
                    .array(
                        z.looseObject({
                            destination: z.looseObject({
                                host: z.string(),
                                subset: z.string().default(""),
                            }),
                            weight: z.number().optional(),
                        }),
                    )
                    .default([]),
            }),
        )
        .default([]),
});
type Destinations = z.infer<typeof routesSchema>["http"][number]["route"];

const subsetsSchema = z.looseObject({
    subsets: z
        .array(
            z.looseObject({
                name: z.string(),
                labels: z.record(z.string(), z.string()).default({}),
            }),
        )
        .default([]),
});

/** The routes of a VirtualService, by name; one that has none, or another's, by its place. */
export function routesIn(spec: unknown, host: string): ReadonlyMap<string, string> {
    const routes = new Map<string, string>();
    routesSchema.parse(spec ?? {}).http.forEach(({ name, route }, index) => {
        const key = name === undefined || routes.has(name) ? `number ${index + 1}` : name;
        routes.set(key, destinationsText(route, host));
    });
    return routes;
}

function destinationsText(destinations: Destinations, own: string): string {
    const texts = destinations.map(({ destination: { host, subset }, weight }) => {
        const share = weight ?? (destinations.length === 1 ? 100 : 0);
        const where = `${host === own ? "" : `${host} `}${subset || "without subset"}`;
        return `${where} ${share} %`;
    });
    return texts.sort().join(", ") || "to no version";
}

/** The subsets of a DestinationRule. */
export function subsetsIn(spec: unknown): ReadonlyMap<string, string> {
    const { subsets } = subsetsSchema.parse(spec ?? {});
    return new Map(
        subsets.map(({ name, labels }) => [
            name,
            Object.entries(labels)
                .map((pair) => pair.join("="))
                .sort()
                .join(","),
        ]),
    );
}

/** The canary's share in the last route, which is the one without a header of its own. */
export function liveWeight(spec: unknown): number | undefined {
    const { http } = routesSchema.parse(spec);
    const found = http.at(-1)?.route.find(({ destination }) => destination.subset === CANARY);
    return found && (found.weight ?? 0);
}

/** A service as a state of its release declares it. */
export function declaredPicture(
    service: ServiceIntent,
    { canary, image = service.image }: ReleaseState,
    context: MeshContext,
): Picture {
    const whole = withCanary(service, canary);
    return {
        routes: declaredRoutes(service, canary, context),
        subsets: subsetsIn(destinationRuleSpec(whole, context)),
        images: new Map(whole.versions.map((version) => [version.name, version.image ?? image])),
    };
}

function declaredRoutes(
    service: ServiceIntent,
    canary: CanaryIntent | undefined,
    context: MeshContext,
): ReadonlyMap<string, string> {
    const spec = virtualServiceSpec(withCanary(service, canary), context);
    return routesIn(spec, clusterHost(service.name, context));
}

/** What a cluster has otherwise than it is declared. */
export function differencesOf(declared: Picture, cluster: Picture): readonly Difference[] {
    return PARTS.flatMap((part) => differing(part, declared[part], cluster[part]));
}

function differing(
    part: Part,
    declared: ReadonlyMap<string, string>,
    cluster: ReadonlyMap<string, string>,
): Difference[] {
    return [...new Set([...declared.keys(), ...cluster.keys()])]
        .map((name) => ({ part, name, cluster: cluster.get(name), declared: declared.get(name) }))
        .filter((each) => each.cluster !== each.declared);
}

/** One difference in a phrase: `route orders: canary 30 %, v1 70 % instead of canary 5 %, v1 95 %`. */
export function describeDifference({ part, name, cluster, declared }: Difference): string {
    return `${LABELS[part]} ${name}: ${cluster ?? "none"} instead of ${declared ?? "none"}`;
}

/**
 * Whether a cluster is where a deployment that was to bring this state about may have left it: it has what the stage
 * before had, or part of both.
 *
 * @param weight the canary's share in the cluster; `undefined` where no route names it
 */
export function mayBeHalfDeployed(
    cluster: Picture,
    weight: number | undefined,
    state: ReleaseState,
    service: ServiceIntent,
    context: MeshContext,
): boolean {
    const { canary } = state;
    const declared = declaredPicture(service, state, context);
    const differences = differencesOf(declared, cluster);
    const headers = canary?.weight === 0 ? [undefined, SOME_HEADER] : [canary?.header];
    const routes = headers.map((header) =>
        declaredRoutes(service, earlierCanary(weight, header), context),
    );
    const served = weight === undefined || canary === undefined || hasCanary(cluster);
    return (
        served &&
        mayGrowFrom(weight, canary) &&
        routes.some((each) => differing("routes", each, cluster.routes).length === 0) &&
        differences.every((each) => each.part === "routes" || mayBeLeft(each, state, service))
    );
}

/** A canary's header that a roll-back takes away first is in no file any more; its routes are the same with any. */
const SOME_HEADER: HeaderMatch = { name: "x-canary", value: "any" };

function earlierCanary(
    weight: number | undefined,
    header: HeaderMatch | undefined,
): CanaryIntent | undefined {
    return weight === undefined ? undefined : { image: "", weight, ...(header && { header }) };
}

/** Pods and subset are there before a route names them, and as long as one does. */
function hasCanary({ subsets, images }: Picture): boolean {
    return subsets.has(CANARY) && images.has(CANARY);
}

/** A canary's share grows, or goes down to nothing, and only then its routes go. */
function mayGrowFrom(weight: number | undefined, canary: CanaryIntent | undefined): boolean {
    if (canary === undefined) {
        return (weight ?? 0) === 0;
    }
    return weight === undefined || canary.weight === 0 || weight <= canary.weight;
}

/** Whether a subset, or a version's image, may still be what it was, or be there early. */
function mayBeLeft(
    { part, name, cluster }: Difference,
    { canary }: ReleaseState,
    service: ServiceIntent,
): boolean {
    if (name === CANARY) {
        return canary === undefined || cluster === undefined;
    }
    return (
        part === "images" &&
        canary?.replaces !== undefined &&
        service.versions.some((version) => version.name === name) &&
        (cluster === canary.image || cluster === canary.replaces)
    );
}
