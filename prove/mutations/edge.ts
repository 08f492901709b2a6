import type { HttpEdge } from "#checks/matrix.ts";
import { edgeName } from "#checks/matrix.ts";
import { gatewaySpec } from "#model/baseline.ts";
import type { HttpMethod, ServiceIntent } from "#model/intents.ts";
import { clusterHost, gatewayName, publicHost } from "#model/mesh.ts";
import { METHODS } from "#model/requests.ts";
import { virtualServiceSpec } from "#model/routing.ts";
import { baselineFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { added, refTo, withSpec } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";
import { allowing } from "./policies.ts";
import { subjectsOf } from "./subjects.ts";

type Server = NonNullable<ReturnType<typeof gatewaySpec>["servers"]>[number];

/** What stands between the mesh and everybody else. */
export function edgeMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { internals, gatewayEdges } = subjectsOf(mesh);
    return [
        {
            name: "the gateway speaks TLS 1.1",
            weakens: "TLS 1.2 and newer alone",
            breaks: ["edge/tls-version"],
            changes: [
                ofServers(mesh, (server) =>
                    server.tls?.mode === undefined
                        ? server
                        : { ...server, tls: { ...server.tls, minProtocolVersion: "TLSV1_1" } },
                ),
            ],
        },
        {
            name: "the gateway speaks plain HTTP on port 443",
            weakens: "what comes in over HTTPS is encrypted",
            breaks: ["edge/https", "edge/certificate", "edge/tls-version"],
            mayBreak: ["edge/undeclared-host", "edge/internal/*", "edge/metrics/*"],
            changes: [
                ofServers(mesh, ({ tls, ...server }) =>
                    tls?.mode === undefined
                        ? { ...server, ...(tls && { tls }) }
                        : { ...server, port: { number: 443, name: "http-443", protocol: "HTTP" } },
                ),
            ],
        },
        ...internals.flatMap((internal) => [exposed(internal, mesh)]),
        ...gatewayEdges.flatMap((fromGateway) => served(fromGateway, mesh)),
    ];
}

/** The Gateway with other servers. */
function ofServers(mesh: DeclaredMesh, change: (server: Server) => Server): Change {
    const { context, config } = mesh;
    const spec = gatewaySpec(context, baselineFrom(config).redirectHttp);
    return withSpec(refTo("Gateway", gatewayName(context), context.namespace), {
        ...spec,
        servers: spec.servers?.map(change),
    });
}

/** A VirtualService beside the others that leads from the gateway to a service. */
function leadingTo(service: ServiceIntent, hosts: readonly string[], mesh: DeclaredMesh): Change {
    const { context } = mesh;
    return added(
        "VirtualService",
        {
            hosts,
            gateways: [gatewayName(context)],
            http: [
                {
                    route: [
                        {
                            destination: {
                                host: clusterHost(service.name, context),
                                port: { number: service.port },
                            },
                        },
                    ],
                },
            ],
        },
        context,
    );
}

function exposed(service: ServiceIntent, mesh: DeclaredMesh): Mutation {
    return {
        name: `the gateway has a route to ${service.name}`,
        weakens: `${service.name} does not exist at the gateway`,
        breaks: [`edge/internal/${service.name}`],
        changes: [
            leadingTo(service, [publicHost(service.hostname ?? service.name, mesh.context)], mesh),
        ],
    };
}

function served(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { service, permissions } = edge;
    const { context } = mesh;
    const spec = virtualServiceSpec(service, context, mesh.config.faults[service.name]);
    return [
        {
            name: `every host below ${context.domain} leads to ${service.name}`,
            weakens: "hosts that nobody declared do not exist",
            breaks: ["edge/undeclared-host"],
            mayBreak: ["edge/internal/*"],
            changes: [leadingTo(service, [`*.${context.domain}`], mesh)],
        },
        {
            name: `the metrics of ${service.name} are not hidden at the gateway`,
            weakens: "metrics are read inside the pod alone",
            breaks: [`edge/metrics/${service.name}`],
            changes: [
                withSpec(refTo("VirtualService", service.name, context.namespace), {
                    ...spec,
                    http: spec.http?.filter((route) => route.directResponse === undefined),
                }),
            ],
        },
        {
            name: `the gateway may use every method on ${service.name}`,
            weakens: "methods that the edge does not expose are refused",
            breaks: [`edge/methods/${service.name}`, `authorization/methods/${edgeName(edge)}`],
            changes: [
                allowing(
                    edge,
                    {
                        permissions: permissions.map(({ paths }) => ({
                            methods: [...METHODS] as [HttpMethod, ...HttpMethod[]],
                            paths,
                        })),
                    },
                    mesh,
                ),
            ],
        },
    ];
}
