import { callGraph, identityOf, principalOf } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { GATEWAY_NAME } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Series } from "./metrics.ts";

/**
 * Who an end of an edge is: the gateway, a declared service or backing service, another workload, a host outside, or a
 * caller that nobody can name.
 */
type NodeKind = "gateway" | "service" | "backing" | "stranger" | "outside" | "unknown";

/** An end of an edge. */
export interface GraphNode {
    /** As declared; of a stranger `<ServiceAccount>.<namespace>`, and `<workload>.<namespace>` of one without a certificate. */
    readonly name: string;
    readonly kind: NodeKind;
}

/** A caller without a certificate of the mesh, from a pod without a proxy or from outside. */
export const UNKNOWN_CALLER: GraphNode = { name: "unknown caller", kind: "unknown" };
/** Where a proxy passed a request on to an address that the mesh does not know. */
export const OUTSIDE: GraphNode = { name: "outside the mesh", kind: "outside" };

/** Istio's name for addresses that a proxy does not know and lets pass. */
const PASSED_THROUGH = "PassthroughCluster";

type Labels = Series["labels"];
export type Declarations = Pick<DeclaredMesh, "catalog" | "context">;

/** Who the ends of an edge are, from the labels of a series. */
export class Names {
    readonly nodes: readonly GraphNode[];
    readonly edges: readonly Edge[];
    readonly #namespace: string;
    readonly #trustDomain: string;
    readonly #byPrincipal: ReadonlyMap<string, GraphNode>;
    readonly #byHost: ReadonlyMap<string, GraphNode>;

    constructor({ catalog, context }: Declarations) {
        this.#namespace = context.namespace;
        this.#trustDomain = context.trustDomain;
        this.edges = callGraph(catalog, context);
        this.nodes = [
            { name: INGRESS_GATEWAY, kind: "gateway" },
            ...catalog.services.map(({ name }): GraphNode => ({ name, kind: "service" })),
            ...catalog.backing.map(({ name }): GraphNode => ({ name, kind: "backing" })),
        ];
        this.#byPrincipal = new Map(
            this.nodes.map((node) => [principalOf(identityOf(node.name, context), context), node]),
        );
        this.#byHost = new Map(
            this.nodes.map((node) => [
                node.kind === "gateway"
                    ? hostOf(GATEWAY_NAME, context.controlPlaneNamespace)
                    : hostOf(node.name, context.namespace),
                node,
            ]),
        );
    }

    /** A certificate says who calls; without one there is only what the caller's own proxy says. */
    source(labels: Labels): GraphNode {
        const principal = known(labels.source_principal);
        if (principal !== undefined) {
            return this.#byPrincipal.get(withoutScheme(principal)) ?? this.#strangerBy(principal);
        }
        const namespace = known(labels.source_workload_namespace);
        return (
            this.#declared(known(labels.source_canonical_service), namespace) ??
            stranger(known(labels.source_workload), namespace) ??
            UNKNOWN_CALLER
        );
    }

    /** @returns `undefined` where a proxy found no destination, and answered itself */
    destination(labels: Labels): GraphNode | undefined {
        const service = known(labels.destination_service_name);
        if (service === PASSED_THROUGH && labels.reporter === "source") {
            return OUTSIDE;
        }
        // The others are the clusters that lead nowhere, and to the pod itself.
        if (service !== undefined && !service.endsWith("Cluster")) {
            const namespace = known(labels.destination_service_namespace);
            return this.#declared(service, namespace) ?? servedAs(service, namespace);
        }
        const principal = known(labels.destination_principal);
        const namespace = known(labels.destination_workload_namespace);
        return (
            this.#byPrincipal.get(withoutScheme(principal ?? "")) ??
            this.#declared(known(labels.destination_canonical_service), namespace) ??
            stranger(known(labels.destination_workload), namespace)
        );
    }

    /** Whether a node is the mesh's own business: a declared one, or another in its namespace. */
    isOwn({ name, kind }: GraphNode): boolean {
        const declared = kind === "gateway" || kind === "service" || kind === "backing";
        return declared || (kind === "stranger" && name.endsWith(`.${this.#namespace}`));
    }

    #declared(name: string | undefined, namespace: string | undefined): GraphNode | undefined {
        return name === undefined || namespace === undefined
            ? undefined
            : this.#byHost.get(hostOf(name, namespace));
    }

    #strangerBy(principal: string): GraphNode {
        const [domain, , namespace, , account] = withoutScheme(principal).split("/");
        return (
            (domain === this.#trustDomain ? stranger(account, namespace) : undefined) ?? {
                name: principal,
                kind: "stranger",
            }
        );
    }
}

/** A label's value; Istio writes `unknown` for what it does not know. */
export function known(text: string | undefined): string | undefined {
    return text === "" || text === "unknown" ? undefined : text;
}

function withoutScheme(principal: string): string {
    return principal.replace(/^spiffe:\/\//, "");
}

function hostOf(name: string, namespace: string): string {
    return `${name}.${namespace}`;
}

function stranger(name: string | undefined, namespace: string | undefined): GraphNode | undefined {
    return name === undefined || namespace === undefined
        ? undefined
        : { name: hostOf(name, namespace), kind: "stranger" };
}

/** A ServiceEntry's host is its name. */
function servedAs(service: string, namespace: string | undefined): GraphNode {
    return service.includes(".")
        ? { name: service, kind: "outside" }
        : (stranger(service, namespace) ?? { name: service, kind: "stranger" });
}
