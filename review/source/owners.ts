import type { RenderedResource } from "#stack/render/rendering.ts";
import type { DeclaredPlace } from "../change.ts";

/** Components that a declaration of a workload stands behind; they have its name. */
const DECLARED = /^mesh:index:(?:Microservice|BackingService)$/;

/** Which workload's component made each resource, by the end of its URN. */
export class Owners {
    readonly #byResource: ReadonlyMap<string, string>;

    constructor(rendered: readonly RenderedResource[]) {
        // Two resources of different types may have one name; a component is told by its type.
        const parents = new Map(rendered.map(({ name, parent }) => [name, parent]));
        const workloads = new Set(
            rendered.filter(({ type }) => DECLARED.test(type)).map(({ name }) => name),
        );
        this.#byResource = new Map(
            rendered.flatMap(({ type, name }) => {
                const owner = ownerOf(name, parents, workloads);
                return owner === undefined ? [] : [[`${type}::${name}`, owner]];
            }),
        );
    }

    /** Name of the workload; undefined for what no workload's component made. */
    workloadOf(urn: string): string | undefined {
        const [name = "", type = ""] = urn.split("::").reverse();
        return this.#byResource.get(`${type}::${name}`);
    }
}

function ownerOf(
    name: string,
    parents: ReadonlyMap<string, string | undefined>,
    workloads: ReadonlySet<string>,
): string | undefined {
    const seen = new Set<string>();
    let current: string | undefined = name;
    while (current !== undefined && !seen.has(current)) {
        if (workloads.has(current)) {
            return current;
        }
        seen.add(current);
        current = parents.get(current);
    }
    return undefined;
}

/** Which property of a declaration a field of an object follows from: the first that fits. */
const PROPERTIES: readonly (readonly [kind: string, field: RegExp, property: string])[] = [
    ["AuthorizationPolicy", /^spec/, "callers"],
    ["VirtualService", /^spec\.(?:http|tls|tcp)/, "routes"],
    ["VirtualService", /^spec\.hosts/, "hostname"],
    ["DestinationRule", /connectionPool/, "connectionPool"],
    ["DestinationRule", /outlierDetection/, "outlierDetection"],
    ["DestinationRule", /loadBalancer/, "loadBalancing"],
    ["PeerAuthentication", /^spec/, "portLevelMtls"],
    ["Deployment", /^spec\.replicas/, "replicas"],
    ["Deployment", /\.image$/, "image"],
    ["Deployment", /\.env(?:\[|$)/, "env"],
    ["Deployment", /\.ports(?:\[|$)/, "port"],
    ["Service", /^spec\.ports/, "port"],
];

/** The part of a workload's declaration that a field of one of its objects follows from; the whole where none is known. */
export function declaredFor(workload: string, kind: string, field: string): DeclaredPlace {
    const property = PROPERTIES.find(([of, pattern]) => of === kind && pattern.test(field))?.[2];
    return { workload, path: property === undefined ? [] : [property] };
}
