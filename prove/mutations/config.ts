import type { HttpEdge } from "#checks/matrix.ts";
import { edgeName } from "#checks/matrix.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { added, refTo } from "../changes.ts";
import type { Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

/** That every proxy does what it is told, and is told what it needs. */
export function configMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    return edges.flatMap((edge) => [toldNonsense(edge, mesh), spokenToAsTcp(edge, mesh)]);
}

function toldNonsense({ callee }: HttpEdge, { context }: DeclaredMesh): Mutation {
    return {
        name: `a proxy of ${callee} is told what it refuses`,
        weakens: "every proxy takes its configuration",
        breaks: ["config/rejected"],
        mayBreak: ["config/synced"],
        changes: [
            added(
                "EnvoyFilter",
                {
                    workloadSelector: { labels: { app: callee } },
                    configPatches: [
                        {
                            applyTo: "CLUSTER",
                            match: { context: "SIDECAR_INBOUND" },
                            // Envoy wants more than nothing.
                            patch: { operation: "MERGE", value: { connect_timeout: "0s" } },
                        },
                    ],
                },
                context,
            ),
        ],
    };
}

/** To every proxy the port then carries bytes: its routes are gone, and its policies by path match nothing. */
function spokenToAsTcp(edge: HttpEdge, { context: { namespace } }: DeclaredMesh): Mutation {
    const { callee } = edge;
    return {
        name: `the port of ${callee} is TCP`,
        weakens: "what policies judge by path is read as HTTP",
        breaks: [`config/http-listener/${callee}`, `authorization/allowed/${edgeName(edge)}`],
        mayBreak: [
            `authorization/*:${callee}`,
            `identity/*${callee}`,
            `resilience/*${callee}`,
            `telemetry/*${callee}`,
            "telemetry/trace",
            "config/analyzers",
        ],
        changes: [
            {
                kind: "edit",
                object: refTo("Service", callee, namespace),
                to: (live) => ({ ...live, spec: asTcp(live.spec) }),
            },
        ],
    };
}

function asTcp(spec: unknown): object {
    const { ports = [], ...rest } = spec as { readonly ports?: readonly object[] };
    return { ...rest, ports: ports.map((port) => ({ ...port, appProtocol: "tcp" })) };
}
