import type { KubeConfig } from "@kubernetes/client-node";
import type { Edge } from "../model/authorization.ts";
import { callGraph, identityOf, principalOf } from "../model/authorization.ts";
import type { MeshContext } from "../model/mesh.ts";
import { clusterHost } from "../model/mesh.ts";
import type { Catalog, HttpPermission } from "../model/types.ts";
import { INGRESS_GATEWAY } from "../model/types.ts";
import { ProbeSession } from "./probes/session.ts";
import type { HttpProbe, ProbeResult } from "./probes/types.ts";

/** Something the mesh must do, and what it was seen doing. */
export interface Claim {
    readonly claim: string;
    readonly holds: boolean;
    readonly seen: string;
}

export interface EnforcementOptions {
    readonly kubeConfig: KubeConfig;
    readonly catalog: Catalog;
    readonly context: MeshContext;
    readonly probeImage: string;
    readonly signal?: AbortSignal;
}

const LIFETIME_SECONDS = 120;
const CONTROL_PORT = 8099;

/** Asks the services to check the request and change nothing. */
const PROBE_HEADER = { "x-mesh-probe": "enforcement", "content-type": "application/json" };

function outcome(result: ProbeResult | undefined): string {
    return result?.status === undefined
        ? `no answer (${result?.error ?? "not run"})`
        : String(result.status);
}

/** The first edge between two services: who calls whom with what. */
function sampleEdge(edges: readonly Edge[]): Edge & { readonly permission: HttpPermission } {
    for (const edge of edges) {
        const permission = edge.permissions?.[0];
        if (edge.caller !== INGRESS_GATEWAY && permission !== undefined) {
            return { ...edge, permission };
        }
    }
    throw new Error("the catalogue declares no call from one service to another");
}

/**
 * Shows on the live mesh, in seconds, that it lets in whom it must and nobody else: a declared caller arrives with its
 * identity, an undeclared one gets 403, and plaintext from outside the mesh is refused.
 */
export async function showEnforcement(options: EnforcementOptions): Promise<readonly Claim[]> {
    const { catalog, context } = options;
    const edges = callGraph(catalog, context);
    const edge = sampleEdge(edges);
    const stranger = catalog.services.find(
        ({ name }) =>
            name !== edge.callee &&
            !edges.some(({ caller, callee }) => caller === name && callee === edge.callee),
    );
    const request: HttpProbe = {
        id: "request",
        host: clusterHost(edge.callee, context),
        port: edge.port,
        method: edge.permission.methods[0],
        path: edge.permission.paths[0].replace(/\/\*$/, "/probe"),
        headers: PROBE_HEADER,
        body: "{}",
    };
    const session = new ProbeSession({
        kubeConfig: options.kubeConfig,
        image: options.probeImage,
        lifetimeSeconds: LIFETIME_SECONDS,
        ...(options.signal && { signal: options.signal }),
    });
    try {
        const outside = { namespace: context.controlPlaneNamespace };
        const [caller, other, plain, control] = await Promise.all([
            session.startAs(edge.identity),
            stranger && session.startAs(identityOf(stranger.name, context)),
            session.start({ ...outside, name: "plaintext" }),
            session.start({ ...outside, name: "control", serve: CONTROL_PORT }),
        ]);
        const [allowed, refused, outsider] = await Promise.all([
            caller.run([request]),
            other?.run([request]),
            plain.run([
                { ...request, id: "control", host: control.ip, port: CONTROL_PORT },
                request,
            ]),
        ]);
        const call = `${request.method} ${request.path}`;
        const principal = principalOf(edge.identity, context);
        const answer = allowed.get("request");
        const reached = outsider.get("control")?.status === 200;
        const plaintext = outsider.get("request");
        return [
            {
                claim: `${edge.caller} -> ${edge.callee} ${call} is allowed, as spiffe://${principal}`,
                holds:
                    answer?.status === 200 &&
                    answer.body?.includes(`spiffe://${principal}`) === true,
                seen: outcome(answer),
            },
            ...(stranger === undefined
                ? []
                : [
                      {
                          claim: `${stranger.name} -> ${edge.callee} ${call} is refused`,
                          holds: refused?.get("request")?.status === 403,
                          seen: outcome(refused?.get("request")),
                      },
                  ]),
            {
                claim: `plaintext -> ${edge.callee} is refused, from a pod that does reach others`,
                holds:
                    reached && plaintext?.status === undefined && plaintext?.error === "ECONNRESET",
                seen: reached
                    ? outcome(plaintext)
                    : `the control server was not reached (${outcome(outsider.get("control"))})`,
            },
        ];
    } finally {
        await session.close();
    }
}
