import assert from "node:assert/strict";
import type { Aspect } from "#checks/closed/judge.ts";
import { ASPECTS, judgeProxy } from "#checks/closed/judge.ts";
import { objectText } from "#checks/closed/object-name.ts";
import { proxiedWorkloads } from "#checks/sections/telemetry/workloads.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Json } from "../../closed/dumps.ts";
import { proxied } from "../../closed/dumps.ts";

interface Found {
    readonly added: readonly string[];
    readonly missing: readonly string[];
}

/** What is found at a proxy, by aspect; nothing where all is as declared. */
type Findings = Partial<Record<Aspect, Partial<Found>>>;

/** A field of a dump, made wherever it is not there. */
function at(dump: Json, ...path: readonly (string | number)[]): { [field: string]: Json } {
    let here: Json | undefined = dump;
    for (const step of path) {
        here = (here as { [field: string]: Json })[step];
        assert.ok(here !== undefined, path.join("."));
    }
    return here as { [field: string]: Json };
}

/** The filter chains of a listener, by its index among the dynamic ones. */
const chain = (dump: Json, listener: number, index: number): { [field: string]: Json } =>
    at(
        dump,
        "configs",
        2,
        "dynamic_listeners",
        listener,
        "active_state",
        "listener",
        "filter_chains",
        index,
    );
const manager = (dump: Json, listener: number, index: number): { [field: string]: Json } =>
    at(chain(dump, listener, index), "filters", 0, "typed_config");
const list = (holder: { [field: string]: Json }, field: string): Json[] =>
    (holder[field] ??= []) as Json[];

/** Index of the listener for what reaches the workload, and of its chain for the service's port. */
const INBOUND = 0;
const PORT = 3;

interface Case {
    readonly what: string;
    readonly workload: string;
    readonly change: (dump: Json) => void;
    readonly finds: Findings;
}

function policy(dump: Json, index: number, name: string, value: Json): void {
    at(manager(dump, INBOUND, index), "http_filters", 0, "typed_config", "rules", "policies")[
        name
    ] = value;
}

const ANY = { and_rules: { rules: [{ any: true }] } };
const SHOP = "order-service.a4co.svc.cluster.local";

const CASES: readonly Case[] = [
    {
        what: "a policy lets a whole namespace in",
        workload: "inventory-service",
        change: (dump) => {
            policy(dump, PORT, "ns[a4co]-policy[also]-rule[0]", {
                permissions: [ANY],
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
                                                        safe_regex: { regex: ".*/ns/default/.*" },
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
            });
        },
        finds: {
            access: {
                added: [
                    "lets a principal of namespace default do anything (AuthorizationPolicy a4co/also)",
                ],
            },
        },
    },
    {
        what: "a policy lets in whoever has a header",
        workload: "payment-service",
        change: (dump) => {
            policy(dump, PORT, "ns[a4co]-policy[debug]-rule[0]", {
                permissions: [
                    {
                        and_rules: {
                            rules: [
                                {
                                    or_rules: {
                                        rules: [
                                            {
                                                header: {
                                                    name: ":method",
                                                    string_match: { exact: "GET" },
                                                },
                                            },
                                        ],
                                    },
                                },
                            ],
                        },
                    },
                ],
                principals: [
                    {
                        and_ids: {
                            ids: [
                                {
                                    or_ids: {
                                        ids: [{ header: { name: "x-debug", present_match: true } }],
                                    },
                                },
                            ],
                        },
                    },
                ],
            });
        },
        finds: {
            access: {
                added: [
                    "lets everybody with header x-debug * do method GET (AuthorizationPolicy a4co/debug)",
                ],
            },
        },
    },
    {
        what: "nobody is asked who he is",
        workload: "payment-service",
        change: (dump) => {
            list(manager(dump, INBOUND, PORT), "http_filters").shift();
        },
        finds: {
            access: {
                missing: [
                    "lets nobody do anything (AuthorizationPolicy a4co/deny-all)",
                    "lets principal cluster.local/ns/a4co/sa/order-service do method POST with path /payments/process (AuthorizationPolicy a4co/allow-order-to-payment)",
                ],
            },
        },
    },
    {
        what: "a policy only pretends",
        workload: "payment-service",
        change: (dump) => {
            const filter = at(manager(dump, INBOUND, PORT), "http_filters", 0, "typed_config");
            filter["shadow_rules"] = filter["rules"] ?? {};
            delete filter["rules"];
        },
        finds: {
            access: {
                missing: [
                    "lets nobody do anything (AuthorizationPolicy a4co/deny-all)",
                    "lets principal cluster.local/ns/a4co/sa/order-service do method POST with path /payments/process (AuthorizationPolicy a4co/allow-order-to-payment)",
                ],
            },
        },
    },
    {
        what: "a port takes plain text as well",
        workload: "order-service",
        change: (dump) => {
            const copy = structuredClone(chain(dump, INBOUND, PORT));
            delete copy["transport_socket"];
            list(
                at(dump, "configs", 2, "dynamic_listeners", INBOUND, "active_state", "listener"),
                "filter_chains",
            ).push(copy);
        },
        finds: { doors: { added: ["takes HTTP over plain text at port 3004"] } },
    },
    {
        what: "another port leads to the workload",
        workload: "payment-service",
        change: (dump) => {
            const copy = structuredClone(chain(dump, INBOUND, PORT));
            at(copy, "filter_chain_match")["destination_port"] = 9999;
            at(copy, "filters", 0, "typed_config")["route_config"] = {
                virtual_hosts: [
                    {
                        name: "inbound",
                        domains: ["*"],
                        routes: [{ match: { prefix: "/" }, route: { cluster: "inbound|9999||" } }],
                    },
                ],
            };
            list(
                at(dump, "configs", 2, "dynamic_listeners", INBOUND, "active_state", "listener"),
                "filter_chains",
            ).push(copy);
        },
        finds: { doors: { added: ["takes HTTP over mutual TLS at port 9999"] } },
    },
    {
        what: "what reaches a port is sent to another address",
        workload: "payment-service",
        change: (dump) => {
            at(dump, "configs", 1, "dynamic_active_clusters", 0, "cluster")["type"] = "STATIC";
        },
        finds: {
            doors: {
                added: ["leads what reaches inbound|3006|| to an address of its own (STATIC)"],
            },
        },
    },
    {
        what: "the bootstrap opens a port",
        workload: "payment-service",
        change: (dump) => {
            list(at(dump, "configs", 2), "static_listeners").push({
                listener: { address: { socket_address: { port_value: 9901 } } },
            });
        },
        finds: { doors: { added: ["listens at port 9901 from its bootstrap on"] } },
    },
    {
        what: "a filter runs a script",
        workload: "order-service",
        change: (dump) => {
            list(manager(dump, INBOUND, PORT), "http_filters").splice(1, 0, {
                name: "envoy.filters.http.lua",
                typed_config: {},
            });
        },
        finds: { filters: { added: ["has a filter envoy.filters.http.lua (virtualInbound)"] } },
    },
    {
        what: "a filter judges too late",
        workload: "order-service",
        change: (dump) => {
            const filters = list(manager(dump, INBOUND, PORT), "http_filters");
            const [first] = filters.splice(0, 1);
            filters.push(first ?? null);
        },
        finds: {
            filters: {
                added: [
                    "has envoy.filters.http.rbac only after envoy.filters.http.router (virtualInbound)",
                ],
            },
        },
    },
    {
        what: "a filter is gone",
        workload: "order-service",
        change: (dump) => {
            list(manager(dump, INBOUND, PORT), "http_filters").splice(2, 1);
        },
        finds: { filters: { added: ["has no filter envoy.filters.http.fault (virtualInbound)"] } },
    },
    {
        what: "paths are read as they come",
        workload: "order-service",
        change: (dump) => {
            manager(dump, INBOUND, PORT)["merge_slashes"] = false;
        },
        finds: {
            filters: {
                added: [
                    "reads paths with another merge_slashes than the mesh has (virtualInbound)",
                ],
            },
        },
    },
    {
        what: "the gateway serves another host",
        workload: INGRESS_GATEWAY,
        change: (dump) => {
            list(
                at(dump, "configs", 3, "dynamic_route_configs", 0, "route_config"),
                "virtual_hosts",
            ).push({
                name: "other.a4co.local:80",
                domains: ["other.a4co.local"],
                routes: [
                    {
                        match: { prefix: "/" },
                        route: {
                            cluster: "outbound|3006||payment-service.a4co.svc.cluster.local",
                        },
                        metadata: {
                            filter_metadata: {
                                istio: {
                                    config: "/apis/networking.istio.io/v1/namespaces/a4co/virtual-service/other",
                                },
                            },
                        },
                    },
                ],
            });
        },
        finds: {
            routes: {
                added: [
                    "takes requests for other.a4co.local at port 80 and leads to payment-service.a4co.svc.cluster.local:3006 (VirtualService a4co/other)",
                ],
            },
        },
    },
    {
        what: "the gateway passes connections through",
        workload: INGRESS_GATEWAY,
        change: (dump) => {
            list(
                at(dump, "configs", 2, "dynamic_listeners", 1, "active_state", "listener"),
                "filter_chains",
            ).push({
                filter_chain_match: { server_names: ["raw.a4co.local"] },
                filters: [
                    {
                        name: "envoy.filters.network.tcp_proxy",
                        typed_config: {
                            cluster: "outbound|3006||payment-service.a4co.svc.cluster.local",
                            access_log: structuredClone(manager(dump, 0, 0)["access_log"] ?? []),
                        },
                    },
                ],
            });
        },
        finds: {
            doors: {
                added: ["takes TCP over TLS that is passed through at port 443 for raw.a4co.local"],
            },
            routes: {
                added: [
                    "passes connections for raw.a4co.local on to payment-service.a4co.svc.cluster.local:3006",
                ],
            },
        },
    },
    {
        what: "requests are copied to somebody",
        workload: "order-service",
        change: (dump) => {
            const route = at(
                dump,
                ...["configs", 3, "dynamic_route_configs", 0, "route_config"],
                ...["virtual_hosts", 0, "routes", 0, "route"],
            );
            route["request_mirror_policies"] = [
                { cluster: "outbound|80||spy.default.svc.cluster.local" },
            ];
        },
        finds: {
            routes: {
                added: [
                    "has a route for payment-service.a4co.svc.cluster.local at port 3006: /payments* with :method ~ GET|HEAD|OPTIONS|PUT|DELETE -> payment-service.a4co.svc.cluster.local:3006 (v1), copied to spy.default.svc.cluster.local:80 (VirtualService a4co/payment-service)",
                ],
                missing: [
                    "has a route for payment-service.a4co.svc.cluster.local at port 3006: /payments* with :method ~ GET|HEAD|OPTIONS|PUT|DELETE -> payment-service.a4co.svc.cluster.local:3006 (v1) (VirtualService a4co/payment-service)",
                ],
            },
        },
    },
    {
        what: "the routes of a host have changed places",
        workload: "order-service",
        change: (dump) => {
            list(
                at(
                    dump,
                    ...[
                        "configs",
                        3,
                        "dynamic_route_configs",
                        0,
                        "route_config",
                        "virtual_hosts",
                        0,
                    ],
                ),
                "routes",
            ).reverse();
        },
        finds: {
            routes: {
                added: [
                    "has its routes for payment-service.a4co.svc.cluster.local at port 3006 in another order",
                ],
            },
        },
    },
    {
        what: "a header is added to whatever reaches the workload, and its filter is switched off",
        workload: "payment-service",
        change: (dump) => {
            const host = at(manager(dump, INBOUND, PORT), "route_config", "virtual_hosts", 0);
            host["request_headers_to_add"] = [{ header: { key: "x-user", value: "root" } }];
            host["typed_per_filter_config"] = { "envoy.filters.http.rbac": {} };
        },
        finds: {
            routes: {
                added: [
                    'has a route for what reaches port 3006: everything request_headers_to_add [{"header":{"key":"x-user","value":"root"}}]',
                    "has a route for what reaches port 3006: everything with settings of its own for envoy.filters.http.rbac",
                ],
            },
        },
    },
    {
        what: "a sidecar reaches whom it need not",
        workload: "inventory-service",
        change: (dump) => {
            list(at(dump, "configs", 1), "dynamic_active_clusters").push({
                cluster: { name: `outbound|3004||${SHOP}`, type: "EDS" },
            });
        },
        finds: { reach: { added: [`reaches ${SHOP}:3004`] } },
    },
    {
        what: "a rule of nobody's says how a host is called",
        workload: "order-service",
        change: (dump) => {
            const cluster = at(dump, "configs", 1, "dynamic_active_clusters", 2, "cluster");
            at(cluster, "metadata", "filter_metadata", "istio")["config"] =
                "/apis/networking.istio.io/v1/namespaces/default/destination-rule/plain";
        },
        finds: {
            reach: {
                added: [
                    "calls payment-service.a4co.svc.cluster.local:3006 by rules of its own (DestinationRule default/plain)",
                ],
            },
        },
    },
    {
        what: "a rule of nobody's says how the gateway calls a service",
        workload: INGRESS_GATEWAY,
        change: (dump) => {
            const cluster = at(dump, "configs", 1, "dynamic_active_clusters", 1, "cluster");
            at(cluster, "metadata", "filter_metadata", "istio")["config"] =
                "/apis/networking.istio.io/v1/namespaces/default/destination-rule/plain";
        },
        finds: {
            reach: {
                added: [`calls ${SHOP}:3004 by rules of its own (DestinationRule default/plain)`],
            },
        },
    },
    {
        what: "a proxy knows a place that is no Service",
        workload: "order-service",
        change: (dump) => {
            list(at(dump, "configs", 1), "dynamic_active_clusters").push({
                cluster: { name: "collector", type: "STATIC" },
            });
        },
        finds: { reach: { added: ["reaches collector, which is no Service"] } },
    },
    {
        what: "requests to unknown hosts are sent to somebody",
        workload: "order-service",
        change: (dump) => {
            const hosts = ["configs", 3, "dynamic_route_configs", 0, "route_config"];
            at(dump, ...hosts, "virtual_hosts", 1, "routes", 0, "route")["cluster"] =
                "outbound|4317||jaeger.istio-system.svc.cluster.local";
        },
        finds: {
            reach: {
                added: [
                    "sends what is for a host that it does not know jaeger.istio-system.svc.cluster.local:4317",
                ],
            },
        },
    },
    {
        what: "unknown hosts are refused where they are allowed",
        workload: "order-service",
        change: (dump) => {
            at(chain(dump, 1, 1), "filters", 0, "typed_config")["cluster"] = "BlackHoleCluster";
        },
        finds: {
            reach: {
                added: ["sends what is for a host that it does not know nowhere"],
            },
        },
    },
    {
        what: "spans go to somebody else, and requests are told to a collector",
        workload: "order-service",
        change: (dump) => {
            const config = manager(dump, INBOUND, PORT);
            at(config, "tracing", "provider", "typed_config", "grpc_service", "envoy_grpc")[
                "cluster_name"
            ] = "outbound|4317||spy.default.svc.cluster.local";
            list(config, "access_log").push({
                name: "envoy.access_loggers.open_telemetry",
                typed_config: {
                    common_config: { grpc_service: { envoy_grpc: { cluster_name: "spy" } } },
                },
            });
        },
        finds: {
            reports: {
                added: [
                    "sends spans to outbound|4317||spy.default.svc.cluster.local",
                    "writes requests by envoy.access_loggers.open_telemetry to spy",
                ],
            },
        },
    },
    {
        what: "requests are counted by what a client sends",
        workload: "order-service",
        change: (dump) => {
            list(manager(dump, INBOUND, PORT), "access_log").push({
                name: "envoy.access_loggers.stats",
                typed_config: {
                    counters: [
                        {
                            stat: {
                                name: "requests_total",
                                tags: [{ name: "host", value_format: "%REQ(:AUTHORITY)%" }],
                            },
                        },
                    ],
                },
            });
        },
        finds: { reports: { added: ["writes requests by envoy.access_loggers.stats"] } },
    },
    {
        what: "requests are no longer logged",
        workload: "order-service",
        change: (dump) => {
            manager(dump, INBOUND, PORT)["access_log"] = [];
        },
        finds: { reports: { added: ["writes nothing of its requests"] } },
    },
];

/** What is found at a workload's proxy, after a change of its dump. */
async function findings(
    workload: string,
    mesh: DeclaredMesh,
    change?: (dump: Json) => void,
): Promise<Findings> {
    const { objects } = await mesh.objects();
    const proxy = proxied(workload, mesh, change);
    return Object.fromEntries(
        Object.keys(ASPECTS).flatMap((aspect) => {
            const found = judgeProxy(aspect as Aspect, { mesh, objects }, proxy);
            const texts = (which: "added" | "missing"): string[] =>
                found[which]
                    .map(({ text, by }) =>
                        by === undefined ? text : `${text} (${objectText(by)})`,
                    )
                    .sort();
            const [added, missing] = [texts("added"), texts("missing")];
            const both = {
                ...(added.length > 0 && { added }),
                ...(missing.length > 0 && { missing }),
            };
            return Object.keys(both).length === 0 ? [] : [[aspect, both]];
        }),
    );
}

describe("what a proxy does beyond its declarations", function () {
    this.timeout(60_000);
    let local: DeclaredMesh;

    before(async () => {
        local = (await declaredMesh({ stack: "local" }, true)).mesh;
    });

    for (const stack of ["local", "dev", "prod"]) {
        it(`is nothing where the dump follows from the declarations of ${stack}`, async () => {
            const { mesh } = await declaredMesh({ stack }, false);
            for (const workload of proxiedWorkloads(mesh)) {
                assert.deepEqual(await findings(workload, mesh), {}, workload);
            }
        });
    }

    for (const { what, workload, change, finds } of CASES) {
        it(`is seen where ${what}`, async () => {
            assert.deepEqual(await findings(workload, local, change), finds);
        });
    }
});
