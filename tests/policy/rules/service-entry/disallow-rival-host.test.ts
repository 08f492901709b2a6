import { serviceEntryDisallowRivalHost } from "#policy/rules/service-entry/disallow-rival-host.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { service, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const entry = (place: string, spec: object) =>
    manifest("networking.istio.io/v1", "ServiceEntry", place, {
        hosts: ["bank.example.com"],
        ports: [{ number: 443, name: "tls", protocol: "TLS" }],
        resolution: "DNS",
        ...spec,
    });

describeRule(serviceEntryDisallowRivalHost, {
    compliant: {
        "one, and another host": {
            objects: [entry("a4co/one", {}), entry("a4co/two", { hosts: ["x.example.com"] })],
        },
    },
    violating: {
        "another resolution": {
            objects: [entry("a4co/one", {}), entry("a4co/two", { resolution: "NONE" })],
            violations: [
                "ServiceEntry a4co/two: spec.hosts[0]: ServiceEntry a4co/one has bank.example.com with other resolution, and a caller takes one of both; one ServiceEntry for a host is allowed",
            ],
        },
        "a Service's host": {
            objects: [
                service("a4co/order", "order"),
                entry("a4co/one", { hosts: ["order.a4co.svc.cluster.local"] }),
            ],
            violations: [
                "ServiceEntry a4co/one: spec.hosts[0]: Service a4co/order has this host and goes first, so what stands here is not read; a host that no Service has is allowed",
            ],
        },
    },
    unknown: {
        "the hosts of one": {
            objects: [entry("a4co/one", { hosts: UNKNOWN }), entry("a4co/two", {})],
            advisories: [unknownAt("ServiceEntry a4co/one: spec.hosts")],
        },
    },
    nearMiss: {
        "each for its own namespace": {
            objects: [
                entry("a4co/one", { exportTo: ["."] }),
                entry("edge/two", { exportTo: ["."], resolution: "NONE" }),
            ],
        },
    },
});
