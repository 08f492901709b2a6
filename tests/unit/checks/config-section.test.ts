import { deepEqual, equal } from "node:assert/strict";
import { outcomeOf } from "#checks/sections/config/analyzers.ts";
import { behindOf, versionsOf } from "#checks/sections/config/control-plane.ts";
import type { Istiod, Sent } from "#checks/sections/config/istiod.ts";
import { refusalsOf } from "#checks/sections/config/rejected.ts";
import { sidecarProblems } from "#checks/sections/config/sidecars.ts";

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
