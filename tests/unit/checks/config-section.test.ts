import { deepEqual, equal } from "node:assert/strict";
import type { V1PodSpec } from "@kubernetes/client-node";
import { outcomeOf } from "#checks/sections/config/analyzers.ts";
import { captureProblems } from "#checks/sections/config/captured.ts";
import { behindOf, versionsOf } from "#checks/sections/config/control-plane.ts";
import type { Istiod, Sent } from "#checks/sections/config/istiod.ts";
import { listenerProblem } from "#checks/sections/config/http-listeners.ts";
import { proxyUserProblems } from "#checks/sections/config/proxy-user.ts";
import { refusalsOf } from "#checks/sections/config/rejected.ts";
import { sidecarProblems } from "#checks/sections/config/sidecars.ts";
import type { ConfigDump } from "#live/proxies/envoy.ts";
import { readProxy } from "#live/proxies/envoy.ts";

const CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
const taken: Sent = { sent: "1", acked: "1" };

function istiod(pod: string, proxy: string, cluster: Sent, version = "1.2.3"): Istiod {
    return {
        pod,
        version: "1.2.3",
        proxies: [
            { proxy, istio_version: version, resources: { [CLUSTER]: cluster, [LISTENER]: taken } },
        ],
    };
}

describe("proxies as istiod knows them", () => {
    it("joins what all istiods say", () => {
        const two = [istiod("one", "a.shop", taken), istiod("two", "b.shop", taken)];
        deepEqual(behindOf(["a.shop", "b.shop"], two), []);
        deepEqual(versionsOf(["a.shop", "b.shop"], two), { others: [], same: 2 });
    });

    it("finds one that no istiod knows, has an old part, or was sent nothing", () => {
        const stale = istiod("one", "a.shop", { sent: "2", acked: "1" });
        const empty = istiod("one", "b.shop", {});
        deepEqual(behindOf(["a.shop", "b.shop", "c.shop"], [stale, empty]), [
            "a.shop has not the newest Cluster",
            "b.shop has not the newest Cluster",
            "c.shop is connected to no istiod",
        ]);
    });

    it("finds one of another version than its istiod", () => {
        const old = istiod("one", "a.shop", taken, "1.2.2");
        deepEqual(versionsOf(["a.shop"], [old]).others, ["a.shop is of 1.2.2, its one of 1.2.3"]);
    });

    it("finds one that refused something, unless it is nobody of the mesh", () => {
        const refusing = istiod("one", "a.shop", {
            sent: "2",
            acked: "1",
            lastError: "bad\n name",
        });
        deepEqual(refusalsOf(["a.shop"], [refusing]), ["a.shop refuses Cluster: bad name"]);
        deepEqual(refusalsOf(["b.shop"], [refusing]), []);
    });
});

describe("traffic that a pod keeps from its proxy", () => {
    const pod = (annotations: Readonly<Record<string, string>>) => ({
        metadata: { name: "pay-1", namespace: "shop", annotations },
        spec: { containers: [{ name: "pay", image: "pay:1" }] },
    });
    const traffic = "traffic.sidecar.istio.io";

    it("is none where the injector or Istio's plugin wrote what they always write", () => {
        const injected = pod({
            "sidecar.istio.io/interceptionMode": "REDIRECT",
            [`${traffic}/includeInboundPorts`]: "*",
            [`${traffic}/excludeInboundPorts`]: "15020,15090",
            [`${traffic}/includeOutboundIPRanges`]: "*",
        });
        deepEqual(captureProblems([injected, pod({})]), []);
    });

    it("is a port, an address, or everything", () => {
        const found = captureProblems([
            pod({ [`${traffic}/excludeInboundPorts`]: "3006" }),
            pod({ [`${traffic}/excludeOutboundIPRanges`]: "10.0.0.0/8" }),
            pod({ "sidecar.istio.io/interceptionMode": "NONE" }),
        ]);
        deepEqual(
            found.map((text) => /: (?:lets|sends|NONE)[^;]*/.exec(text)?.[0]),
            [
                ": lets in 3006 without the sidecar",
                ": sends out 10.0.0.0/8 without the sidecar",
                ": NONE captures nothing",
            ],
        );
    });
});

describe("sidecars of pods", () => {
    const status = { name: "istio-proxy", image: "", imageID: "", restartCount: 0 };
    const pod = { metadata: { name: "cart-1", labels: { app: "cart" } } };
    const spec = { containers: [{ name: "cart" }] };
    const native = { ...spec, initContainers: [{ name: "istio-proxy" }] };

    it("accepts them in both places", () => {
        const ready = { initContainerStatuses: [{ ...status, ready: true }] };
        const beside = { containers: [{ name: "cart" }, { name: "istio-proxy" }] };
        const pods = [
            { ...pod, spec: native, status: ready },
            { ...pod, spec: beside, status: { containerStatuses: [{ ...status, ready: true }] } },
        ];
        deepEqual(sidecarProblems(pods, ["cart"]), []);
    });

    it("finds one that is missing, one that is not ready, and a workload without a pod", () => {
        const waiting = { initContainerStatuses: [{ ...status, ready: false }] };
        const pods = [
            { ...pod, spec },
            { ...pod, spec: native, status: waiting },
        ];
        deepEqual(sidecarProblems(pods, ["cart", "till"]), [
            "till has no pod",
            "cart-1 has no sidecar",
            "the sidecar of cart-1 is not ready",
        ]);
    });
});

describe("an application that runs as the proxy's user", () => {
    const metadata = { name: "cart-1" };
    const proxy = { name: "istio-proxy", securityContext: { runAsUser: 1337, runAsGroup: 1337 } };
    const problems = (spec: V1PodSpec): string[] => proxyUserProblems({ metadata, spec });

    it("is found by its user or group, in the container or the pod, beside the app or as its sidecar", () => {
        const of = (securityContext: object): V1PodSpec => ({
            containers: [{ name: "cart", securityContext }, proxy],
        });
        deepEqual(problems(of({ runAsUser: 1337 })), ["cart-1/cart: runAsUser 1337"]);
        deepEqual(problems(of({ runAsUser: 10, runAsGroup: 1337 })), [
            "cart-1/cart: runAsGroup 1337",
        ]);
        deepEqual(
            problems({
                securityContext: { runAsUser: 1337, runAsGroup: 1337 },
                containers: [
                    { name: "cart", securityContext: { runAsUser: 10 } },
                    { name: "log", securityContext: { runAsGroup: 10 } },
                ],
                initContainers: [
                    { name: "vault", restartPolicy: "Always", securityContext: { runAsGroup: 10 } },
                    { ...proxy, restartPolicy: "Always" },
                ],
            }),
            [
                "cart-1/cart: runAsGroup 1337",
                "cart-1/log: runAsUser 1337",
                "cart-1/vault: runAsUser 1337",
            ],
        );
    });

    it("is found where the injector gave the proxy a user of the namespace's own", () => {
        const own = { name: "istio-proxy", securityContext: { runAsUser: 1000650001 } };
        const cart = { name: "cart", securityContext: { runAsUser: 1000650001 } };
        deepEqual(problems({ containers: [cart, own] }), ["cart-1/cart: runAsUser 1000650001"]);
    });

    it("is none that has another user, volumes of that group, ends before the pod starts, or is root as a TPROXY's is", () => {
        deepEqual(
            problems({
                securityContext: { runAsUser: 10, fsGroup: 1337, supplementalGroups: [1337] },
                containers: [
                    { name: "cart" },
                    { name: "log", securityContext: { runAsUser: 0 } },
                    { name: "istio-proxy", securityContext: { runAsUser: 0, runAsGroup: 1337 } },
                ],
                initContainers: [
                    { name: "istio-validation", securityContext: { runAsUser: 1337 } },
                    { name: "migrate", securityContext: { runAsUser: 1337 } },
                ],
            }),
            [],
        );
        deepEqual(proxyUserProblems({ metadata }), []);
    });
});

describe("the listener for what a workload is asked", () => {
    const filter = (type: string): object => ({
        typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.network.${type}` },
    });
    const HTTP = filter("http_connection_manager.v3.HttpConnectionManager");
    const TCP = filter("tcp_proxy.v3.TcpProxy");
    const chain = (port: number | undefined, ...filters: readonly object[]): object => ({
        filter_chain_match: {
            transport_protocol: "tls",
            ...(port !== undefined && { destination_port: port }),
        },
        filters,
    });
    /** As it comes from a proxy whose workload serves on 80 and 81, and calls somebody on 80. */
    const problem = (...chains: readonly object[]): string | undefined => {
        const listener = { filter_chains: [chain(15006, TCP), ...chains, chain(undefined, HTTP)] };
        const dump = JSON.stringify({
            configs: [
                {
                    dynamic_listeners: [
                        { name: "virtualInbound", active_state: { listener } },
                        {
                            name: "10.0.0.1_80",
                            active_state: { listener: { filter_chains: [chain(80, TCP)] } },
                        },
                        { name: "warming" },
                    ],
                },
            ],
        });
        return listenerProblem(
            readProxy("cart-1", JSON.parse(dump) as ConfigDump).inboundChains,
            80,
        );
    };

    it("reads HTTP where every filter chain for the port has a connection manager", () => {
        equal(problem(chain(80, filter("rbac.v3.RBAC"), HTTP), chain(81, TCP)), undefined);
        equal(problem(chain(80, HTTP), chain(80, HTTP)), undefined);
    });

    it("does not where the port is TCP, is sniffed, or is no port of a Service", () => {
        equal(problem(chain(80, TCP), chain(81, HTTP)), "port 80 is TCP");
        equal(
            problem(chain(80, HTTP), chain(80, TCP)),
            "port 80 is HTTP only where the proxy recognizes it, and TCP else",
        );
        equal(
            problem(chain(81, HTTP)),
            "no filter chain for port 80, which to the proxy belongs to no Service",
        );
    });
});

describe("messages of Istio's analyzers", () => {
    const message = { code: "IST0101", message: "not found", origin: "Gateway shop/gateway" };
    for (const [level, expected] of [
        ["Error", "failed"],
        ["Warning", "failed"],
        ["Info", "passed"],
    ] as const) {
        it(`${level} means ${expected}`, () => {
            equal(outcomeOf([{ ...message, level }], ["shop"]).status, expected);
        });
    }

    it("about a probe pod mean nothing", () => {
        const origin = "Pod shop/mesh-probe-1a2b3c-cart";
        equal(outcomeOf([{ ...message, level: "Error", origin }], ["shop"]).status, "passed");
    });
});
