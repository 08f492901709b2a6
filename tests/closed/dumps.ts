// What istiod makes of a mesh's declarations for each proxy, written apart from checks/closed on purpose and held against
// the proxies of the local cluster by `mesh verify` in tests/cluster: the shape of a real dump, with what is compared.
import type { RunningPod } from "#live/pods.ts";
import type { ConfigDump } from "#live/proxies/envoy.ts";
import { readProxy } from "#live/proxies/envoy.ts";
import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import { callGraph } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import {
    clusterHost,
    gatewayHosts,
    gatewayName,
    publicHost,
    TLS_SECRET_NAME,
} from "#model/mesh.ts";
import { stockEnvoyMetricsSpec } from "#model/stock-envoy-metrics.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Proxied } from "#checks/closed/judge.ts";

/** A dump as parsed JSON, so that a test can change it anywhere. */
export type Json = string | number | boolean | null | Json[] | { [field: string]: Json };

const TYPE = "type.googleapis.com/envoy.extensions.filters";
const HTTP_MANAGER = `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`;
const IDEMPOTENT = "GET|HEAD|OPTIONS|PUT|DELETE";

/** The only pod of a workload. */
export function podOf(workload: string, { context }: DeclaredMesh): RunningPod {
    const gateway = workload === INGRESS_GATEWAY;
    return {
        namespace: gateway ? context.controlPlaneNamespace : context.namespace,
        name: `${workload}-1`,
        labels: gateway ? { istio: "ingressgateway" } : { app: workload, version: "v1" },
        ip: "10.0.0.1",
    };
}

/** A proxy as `mesh verify` reads it, after a change of its dump. */
export function proxied(
    workload: string,
    mesh: DeclaredMesh,
    change: (dump: Json) => void = () => undefined,
): Proxied {
    const dump = dumpOf(workload, mesh);
    change(dump);
    const pod = podOf(workload, mesh);
    return { workload, pod, proxy: readProxy(pod.name, dump as unknown as ConfigDump) };
}

/** The dump of a workload's proxy, or of the gateway's. */
export function dumpOf(workload: string, mesh: DeclaredMesh): Json {
    // Parts that several places have are one object until here.
    return JSON.parse(
        JSON.stringify(
            workload === INGRESS_GATEWAY ? gatewayDump(mesh) : sidecarDump(workload, mesh),
        ),
    ) as Json;
}

/** @param filter last part of the filter's name, whose own log it is */
function accessLog(mesh: DeclaredMesh, filter: "http_connection_manager" | "tcp_proxy"): Json {
    return [
        {
            name: "envoy.access_loggers.file",
            typed_config: {
                path: "/dev/stdout",
                log_format: { json_format: { ...ACCESS_LOG_FIELDS } },
            },
        },
        ...(mesh.config.stockEnvoy ? statistics(filter) : []),
    ];
}

/** What the program's EnvoyFilter puts beside it, as Envoy shows it. */
function statistics(filter: string): Json[] {
    const [patch] = (stockEnvoyMetricsSpec().configPatches ?? []).filter(
        ({ match }) =>
            match?.listener?.filterChain?.filter?.name === `envoy.filters.network.${filter}`,
    );
    const value = patch?.patch?.value as
        { readonly typed_config: { readonly access_log: Json[] } } | undefined;
    return value?.typed_config.access_log ?? [];
}

function tracing({ config, context }: DeclaredMesh): Json {
    const namespace = context.controlPlaneNamespace;
    if (!config.addons.jaeger) {
        return {};
    }
    return {
        random_sampling: { value: 100 },
        provider: {
            name: "envoy.tracers.opentelemetry",
            typed_config: {
                grpc_service: {
                    envoy_grpc: {
                        cluster_name: `outbound|4317||${clusterHost("jaeger", { namespace })}`,
                    },
                },
            },
        },
    };
}

/** A filter chain that reads requests. */
function httpChain(
    fields: { [field: string]: Json },
    routes: { [field: string]: Json },
    first: Json[],
    mesh: DeclaredMesh,
): Json {
    // Upstream's Envoy has none of Istio's own filters.
    const istios = mesh.config.stockEnvoy ? [] : ["istio.metadata_exchange", "istio.stats"];
    const upstreams = ["grpc_stats", "fault", "cors"].map((name) => `envoy.filters.http.${name}`);
    const filter = (name: string): Json => ({ name, typed_config: {} });
    const before = istios.slice(0, 1).map(filter);
    const after = [...upstreams, ...istios.slice(1), "envoy.filters.http.router"].map(filter);
    return {
        ...fields,
        filters: [
            {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                    "@type": HTTP_MANAGER,
                    ...routes,
                    http_filters: [...before, ...first, ...after],
                    access_log: accessLog(mesh, "http_connection_manager"),
                    tracing: tracing(mesh),
                    normalize_path: true,
                    merge_slashes: true,
                    path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
                },
            },
        ],
    };
}

/** A filter chain that passes bytes on. */
function tcpChain(
    mesh: DeclaredMesh,
    fields: { [field: string]: Json },
    cluster: string,
    first: Json[] = [],
): Json {
    return {
        ...fields,
        filters: [
            ...first,
            {
                name: "envoy.filters.network.tcp_proxy",
                typed_config: { cluster, access_log: accessLog(mesh, "tcp_proxy") },
            },
        ],
    };
}

function blackhole(port: number, direction: string): Json {
    return {
        name: `${direction}-blackhole`,
        filter_chain_match: { destination_port: port },
        filters: [
            {
                name: "envoy.filters.network.tcp_proxy",
                typed_config: { cluster: "BlackHoleCluster" },
            },
        ],
    };
}

const MUTUAL_TLS: Json = {
    name: "envoy.transport_sockets.tls",
    typed_config: { require_client_certificate: true },
};

function rbac(
    kind: "http" | "network",
    edges: readonly Edge[],
    { namespace, trustDomain }: MeshContext,
): Json {
    const name = ({ caller, callee }: Edge): string => {
        const short = (each: string): string => each.replace(/-service$/, "");
        const who = caller === INGRESS_GATEWAY ? "gateway" : short(caller);
        return `ns[${namespace}]-policy[allow-${who}-to-${short(callee)}]-rule[0]`;
    };
    const policies = edges
        .filter(({ permissions }) => kind === "http" || permissions === undefined)
        .map((edge): [string, Json] => [
            name(edge),
            {
                permissions: edge.permissions?.map(({ methods, paths }) => ({
                    and_rules: {
                        rules: [
                            {
                                or_rules: {
                                    rules: methods.map((method) => ({
                                        header: {
                                            name: ":method",
                                            string_match: { exact: method },
                                        },
                                    })),
                                },
                            },
                            { or_rules: { rules: paths.map(pathRule) } },
                        ],
                    },
                })) ?? [
                    {
                        and_rules: {
                            rules: [{ or_rules: { rules: [{ destination_port: edge.port }] } }],
                        },
                    },
                ],
                principals: [
                    {
                        and_ids: {
                            ids: [
                                {
                                    or_ids: {
                                        ids: [
                                            {
                                                authenticated: {
                                                    principal_name: {
                                                        exact: `spiffe://${trustDomain}/ns/${edge.identity.namespace}/sa/${edge.identity.serviceAccount}`,
                                                    },
                                                },
                                            },
                                        ],
                                    },
                                },
                            ],
                        },
                    },
                ],
            },
        ]);
    return {
        name: `envoy.filters.${kind}.rbac`,
        typed_config: {
            "@type": `${TYPE}.${kind}.rbac.v3.RBAC`,
            rules: {
                policies: {
                    ...Object.fromEntries(policies),
                    [`ns[${namespace}]-policy[deny-all]-rule[0]`]: {
                        permissions: [{ not_rule: { any: true } }],
                        principals: [{ not_id: { any: true } }],
                    },
                },
            },
        },
    };
}

function pathRule(path: string): Json {
    const match = path.endsWith("*") ? { prefix: path.slice(0, -1) } : { exact: path };
    return { url_path: { path: match } };
}

function routesTo(service: ServiceIntent, context: MeshContext, atTheEdge: boolean): Json[] {
    const metadata = metadataOf("virtual-service", service.name, context);
    const host = clusterHost(service.name, context);
    const [{ name: version }] = service.versions;
    const route = { cluster: `outbound|${service.port}|${version}|${host}` };
    const hidden = `${service.routes[0].prefix}/metrics`;
    return [
        ...(atTheEdge
            ? [
                  { match: { path: hidden }, direct_response: { status: 404 }, metadata },
                  { match: { prefix: `${hidden}/` }, direct_response: { status: 404 }, metadata },
              ]
            : []),
        ...service.routes.flatMap(({ prefix, retries }) => {
            const whole = { match: { prefix, case_sensitive: true }, route, metadata };
            if (retries === undefined || retries.attempts === 0) {
                return [whole];
            }
            const by = (name: string, regex: string): Json => ({
                match: {
                    prefix,
                    case_sensitive: true,
                    headers: [{ name, string_match: { safe_regex: { regex } } }],
                },
                route,
                metadata,
            });
            return [
                by(":method", IDEMPOTENT),
                by(retries.idempotencyHeader.toLowerCase(), ".+"),
                whole,
            ];
        }),
    ];
}

function metadataOf(kind: string, name: string, { namespace }: MeshContext): Json {
    const config = `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/${name}`;
    return { filter_metadata: { istio: { config } } };
}

function sidecarDump(workload: string, mesh: DeclaredMesh): Json {
    const { catalog, context, config } = mesh;
    const edges = callGraph(catalog, context);
    const inbound = edges.filter(({ callee }) => callee === workload);
    const callees = edges.filter(({ caller }) => caller === workload);
    const backing = catalog.backing.find(({ name }) => name === workload);
    const port = (backing ?? catalog.services.find(({ name }) => name === workload))?.port ?? 0;
    const http = rbac("http", inbound, context);
    const network = rbac("network", inbound, context);
    const inline = (to: string): { [field: string]: Json } => ({
        route_config: {
            name: to,
            virtual_hosts: [
                {
                    name: "inbound",
                    domains: ["*"],
                    routes: [{ match: { prefix: "/" }, route: { cluster: to } }],
                },
            ],
        },
    });
    const own = { filter_chain_match: { destination_port: port }, transport_socket: MUTUAL_TLS };
    const unknown =
        config.outboundTraffic === "ALLOW_ANY" ? "PassthroughCluster" : "BlackHoleCluster";
    const virtualInbound: Json = {
        name: "virtualInbound",
        traffic_direction: "INBOUND",
        filter_chains: [
            blackhole(15006, "virtualInbound"),
            httpChain(
                { name: "virtualInbound-catchall-http", transport_socket: MUTUAL_TLS },
                inline("InboundPassthroughCluster"),
                [http],
                mesh,
            ),
            tcpChain(
                mesh,
                { name: "virtualInbound", transport_socket: MUTUAL_TLS },
                "InboundPassthroughCluster",
                [network],
            ),
            backing === undefined
                ? httpChain(own, inline(`inbound|${port}||`), [http], mesh)
                : tcpChain(mesh, own, `inbound|${port}||`, [network]),
        ],
    };
    const virtualOutbound: Json = {
        name: "virtualOutbound",
        traffic_direction: "OUTBOUND",
        filter_chains: [
            blackhole(15001, "virtualOutbound"),
            tcpChain(mesh, { name: "virtualOutbound-catchall-tcp" }, unknown),
        ],
    };
    const services = callees.flatMap(
        ({ callee }) => catalog.services.find(({ name }) => name === callee) ?? [],
    );
    const clusters = callees.flatMap(({ callee, port: its }) => {
        const versions = services.find(({ name }) => name === callee)?.versions ?? [];
        return ["", ...versions.map(({ name }) => name)].map((subset) => ({
            name: `outbound|${its}|${subset}|${clusterHost(callee, context)}`,
            type: "EDS",
            metadata: metadataOf("destination-rule", callee, context),
        }));
    });
    return {
        configs: [
            { bootstrap: {} },
            {
                dynamic_active_clusters: [
                    { name: `inbound|${port}||`, type: "ORIGINAL_DST" },
                    collectorCluster(context),
                    ...clusters,
                ].map((cluster) => ({ cluster })),
            },
            {
                static_listeners: staticListeners(),
                dynamic_listeners: [
                    virtualInbound,
                    virtualOutbound,
                    ...services.map((service) => ({
                        name: `0.0.0.0_${service.port}`,
                        traffic_direction: "OUTBOUND",
                        filter_chains: [
                            httpChain(
                                {},
                                { rds: { route_config_name: String(service.port) } },
                                [],
                                mesh,
                            ),
                        ],
                    })),
                ].map((listener) => ({ name: "any", active_state: { listener } })),
            },
            {
                dynamic_route_configs: services.map((service) => ({
                    route_config: {
                        name: String(service.port),
                        virtual_hosts: [
                            {
                                name: `${clusterHost(service.name, context)}:${service.port}`,
                                domains: [clusterHost(service.name, context), service.name],
                                routes: routesTo(service, context, false),
                            },
                            unknownHosts(unknown),
                        ],
                    },
                })),
            },
        ],
    };
}

/** Requests to hosts that no route knows. */
function unknownHosts(cluster: string): Json {
    const match = { prefix: "/" };
    return cluster === "PassthroughCluster"
        ? { name: "allow_any", domains: ["*"], routes: [{ match, route: { cluster } }] }
        : {
              name: "block_all",
              domains: ["*"],
              routes: [{ match, direct_response: { status: 502 } }],
          };
}

/** Where spans go. */
function collectorCluster({ controlPlaneNamespace: namespace }: MeshContext): Json {
    return { name: `outbound|4317||${clusterHost("jaeger", { namespace })}`, type: "EDS" };
}

function staticListeners(): Json[] {
    return [15021, 15090].map((port) => ({
        listener: { address: { socket_address: { address: "0.0.0.0", port_value: port } } },
    }));
}

function gatewayDump(mesh: DeclaredMesh): Json {
    const { catalog, context, config } = mesh;
    const redirected = config.environment !== "dev";
    const exposed = catalog.services.filter(
        ({ callers, hostname }) => INGRESS_GATEWAY in callers && hostname !== undefined,
    );
    const https = `https.443.https.${gatewayName(context)}.${context.namespace}`;
    const listener = (port: number, chain: Json): Json => ({
        name: `0.0.0.0_${port}`,
        traffic_direction: "OUTBOUND",
        address: { socket_address: { address: "0.0.0.0", port_value: port } },
        filter_chains: [chain],
    });
    const routeConfig = (name: string, port: number): Json => ({
        route_config: {
            name,
            virtual_hosts: exposed.map((service) => {
                const host = publicHost(service.hostname ?? "", context);
                return {
                    name: `${host}:${port}`,
                    domains: [host],
                    routes: routesTo(service, context, true),
                    ...(redirected && port === 80 && { require_tls: "ALL" }),
                };
            }),
        },
    });
    return {
        configs: [
            { bootstrap: {} },
            {
                dynamic_active_clusters: [
                    collectorCluster(context),
                    ...exposed.map(({ name, port }) => ({
                        name: `outbound|${port}||${clusterHost(name, context)}`,
                        type: "EDS",
                        metadata: metadataOf("destination-rule", name, context),
                    })),
                ].map((cluster) => ({ cluster })),
            },
            {
                static_listeners: staticListeners(),
                dynamic_listeners: [
                    listener(
                        80,
                        httpChain({}, { rds: { route_config_name: "http.80" } }, [], mesh),
                    ),
                    listener(
                        443,
                        httpChain(
                            {
                                filter_chain_match: { server_names: gatewayHosts(context) },
                                transport_socket: {
                                    name: "envoy.transport_sockets.tls",
                                    typed_config: {
                                        require_client_certificate: false,
                                        common_tls_context: {
                                            tls_certificate_sds_secret_configs: [
                                                { name: `kubernetes://${TLS_SECRET_NAME}` },
                                            ],
                                        },
                                    },
                                },
                            },
                            { rds: { route_config_name: https } },
                            [],
                            mesh,
                        ),
                    ),
                ].map((each) => ({ name: "any", active_state: { listener: each } })),
            },
            { dynamic_route_configs: [routeConfig("http.80", 80), routeConfig(https, 443)] },
        ],
    };
}
