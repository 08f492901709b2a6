import type { IAuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import { grouped } from "./groups.ts";
import type { Catalog, HttpPermission } from "./intents.ts";
import { INGRESS_GATEWAY } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { GATEWAY_NAME, shortName } from "./mesh.ts";

type AuthorizationPolicySpec = NonNullable<IAuthorizationPolicy["spec"]>;

/** A workload's identity: the ServiceAccount its certificate is issued for. */
export interface Identity {
    readonly namespace: string;
    readonly serviceAccount: string;
}

/** One declared edge of the call graph. */
export interface Edge {
    readonly caller: string;
    readonly callee: string;
    readonly identity: Identity;
    readonly port: number;
    /** Requests the caller may make; `undefined` for a callee that speaks TCP, where the port alone is judged. */
    readonly permissions: readonly HttpPermission[] | undefined;
}

/** Identity under which a caller of the catalogue, or the ingress gateway, makes its requests. */
export function identityOf(caller: string, context: MeshContext): Identity {
    return caller === INGRESS_GATEWAY
        ? { namespace: context.controlPlaneNamespace, serviceAccount: GATEWAY_NAME }
        : { namespace: context.namespace, serviceAccount: caller };
}

/** An identity as AuthorizationPolicies write it: `<trust domain>/ns/<namespace>/sa/<account>`. */
export function principalOf(identity: Identity, { trustDomain }: MeshContext): string {
    return `${trustDomain}/ns/${identity.namespace}/sa/${identity.serviceAccount}`;
}

/** An identity as certificates carry it. */
export function spiffeIdOf(identity: Identity, context: MeshContext): string {
    return `spiffe://${principalOf(identity, context)}`;
}

/** An edge as the catalogue declares it. */
type DeclaredEdge = Omit<Edge, "identity">;

/** The declared edges of a catalogue in its order, and by each of their ends. */
interface DeclaredEdges {
    readonly all: readonly DeclaredEdge[];
    readonly byCaller: ReadonlyMap<string, readonly DeclaredEdge[]>;
    readonly byCallee: ReadonlyMap<string, readonly DeclaredEdge[]>;
}

/** Made once a catalogue: a lookup for each of its services must not read all of them again. */
const known = new WeakMap<Catalog, DeclaredEdges>();

function edgesOf(catalog: Catalog): DeclaredEdges {
    const edges = known.get(catalog) ?? readEdges(catalog);
    known.set(catalog, edges);
    return edges;
}

function readEdges(catalog: Catalog): DeclaredEdges {
    const http = catalog.services.flatMap((callee) =>
        Object.entries(callee.callers).map(([caller, permissions]) => ({
            caller,
            callee: callee.name,
            port: callee.port,
            permissions,
        })),
    );
    const users = grouped(
        catalog.services.flatMap(({ name, backing }) =>
            Array.from(new Set(backing), (callee) => ({ caller: name, callee })),
        ),
        ({ callee }) => [callee],
    );
    const tcp = catalog.backing.flatMap(({ name, port }) =>
        (users.get(name) ?? []).map((use) => ({ ...use, port, permissions: undefined })),
    );
    const all = [...http, ...tcp];
    return {
        all,
        byCaller: grouped(all, ({ caller }) => [caller]),
        byCallee: grouped(all, ({ callee }) => [callee]),
    };
}

/** Everybody who may call somebody, as the catalogue declares it and in its order. */
export function declaredEdges(catalog: Catalog): readonly DeclaredEdge[] {
    return edgesOf(catalog).all;
}

/** What the catalogue declares that a service may call. */
export function edgesFrom(caller: string, catalog: Catalog): readonly DeclaredEdge[] {
    return edgesOf(catalog).byCaller.get(caller) ?? [];
}

/** Every declared edge with its caller's identity. Whatever is not in it is refused. */
export function callGraph(catalog: Catalog, context: MeshContext): Edge[] {
    return identified(declaredEdges(catalog), context);
}

/** The edges of the call graph that lead to one service or backing service. */
export function edgesTo(callee: string, catalog: Catalog, context: MeshContext): Edge[] {
    return identified(edgesOf(catalog).byCallee.get(callee) ?? [], context);
}

function identified(edges: readonly DeclaredEdge[], context: MeshContext): Edge[] {
    return edges.map((edge) => ({ ...edge, identity: identityOf(edge.caller, context) }));
}

/** Name of the policy that allows an edge, for example `allow-order-to-payment`. */
export function allowPolicyName({ caller, callee }: Pick<Edge, "caller" | "callee">): string {
    return `allow-${caller === INGRESS_GATEWAY ? "gateway" : shortName(caller)}-to-${shortName(callee)}`;
}

/**
 * The ALLOW for one edge: this caller, these methods on these paths. It matches only what is listed, because an
 * ALLOW by exact path could not be walked around in any path normalization, while a DENY by path could.
 */
export function allowPolicySpec(edge: Edge, context: MeshContext): AuthorizationPolicySpec {
    return {
        selector: { matchLabels: { app: edge.callee } },
        action: "ALLOW",
        rules: [
            {
                from: [{ source: { principals: [principalOf(edge.identity, context)] } }],
                to: edge.permissions?.map(({ methods, paths }) => ({
                    operation: { methods: [...methods], paths: [...paths] },
                })) ?? [{ operation: { ports: [String(edge.port)] } }],
            },
        ],
    };
}
