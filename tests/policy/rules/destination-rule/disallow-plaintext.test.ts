import { destinationRuleDisallowPlaintext } from "#policy/rules/destination-rule/disallow-plaintext.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function rule(host: unknown, spec: object): Manifest {
    return manifest("networking.istio.io/v1", "DestinationRule", "a4co/payment", {
        host,
        ...spec,
    });
}

const tls = (mode: unknown): object => ({ trafficPolicy: { tls: { mode } } });
const ALLOWED = "only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh";

describeRule(destinationRuleDisallowPlaintext, {
    compliant: {
        ISTIO_MUTUAL: { objects: [rule("payment", tls("ISTIO_MUTUAL"))] },
        "no tls at all": { objects: [rule("payment", { trafficPolicy: {} })] },
    },
    violating: {
        "DISABLE for every port": {
            objects: [rule("payment.a4co.svc.cluster.local", tls("DISABLE"))],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
        },
        "SIMPLE for a short name": {
            objects: [rule("payment", tls("SIMPLE"))],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: SIMPLE shows no identity of the caller; ${ALLOWED}`,
            ],
        },
        "a wildcard that covers the cluster": {
            objects: [rule("*.local", tls("DISABLE"))],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
        },
        "one port, one subset and a port of that subset": {
            objects: [
                rule("payment", {
                    trafficPolicy: {
                        tls: { mode: "ISTIO_MUTUAL" },
                        portLevelSettings: [{ port: { number: 3006 }, tls: { mode: "DISABLE" } }],
                    },
                    subsets: [
                        { name: "v1" },
                        {
                            name: "v2",
                            trafficPolicy: {
                                tls: { mode: "MUTUAL" },
                                portLevelSettings: [{ tls: { mode: "DISABLE" } }],
                            },
                        },
                    ],
                }),
            ],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.portLevelSettings[0].tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
                `DestinationRule a4co/payment: spec.subsets[1].trafficPolicy.tls.mode: MUTUAL shows a certificate that is not the mesh's; ${ALLOWED}`,
                `DestinationRule a4co/payment: spec.subsets[1].trafficPolicy.portLevelSettings[0].tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
        },
        "tls without a mode, whose first value is DISABLE": {
            objects: [rule("payment", { trafficPolicy: { tls: {} } })],
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
        },
        "a host that the settings call the mesh's": {
            objects: [rule("api.mesh.internal", tls("DISABLE"))],
            settings: { meshHosts: ["*.mesh.internal"] },
            violations: [
                `DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the mode beside a weak subset": {
            objects: [
                rule("payment", {
                    ...tls(UNKNOWN),
                    subsets: [{ name: "v1", ...tls("DISABLE") }],
                }),
            ],
            violations: [
                `DestinationRule a4co/payment: spec.subsets[0].trafficPolicy.tls.mode: DISABLE sends plaintext; ${ALLOWED}`,
            ],
            advisories: [
                "DestinationRule a4co/payment: spec.trafficPolicy.tls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
        "whether the server's namespace has injection": {
            objects: [
                rule("payment", tls("DISABLE")),
                manifest("v1", "Namespace", "a4co", undefined, {
                    labels: { "istio-injection": UNKNOWN },
                }),
            ],
            advisories: [
                "Namespace a4co: metadata.labels.istio-injection: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the host": {
            objects: [rule(UNKNOWN, tls("DISABLE"))],
            advisories: [
                "DestinationRule a4co/payment: spec.host: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "TLS to a host outside the mesh": { objects: [rule("api.bank.example", tls("SIMPLE"))] },
        "a server in a namespace that is declared without injection": {
            objects: [rule("payment", tls("SIMPLE")), manifest("v1", "Namespace", "a4co")],
        },
        "a server in a namespace that the settings call unmeshed": {
            objects: [rule("db.legacy.svc.cluster.local", tls("SIMPLE"))],
            settings: { unmeshedNamespaces: ["legacy"] },
        },
        "the control plane": {
            objects: [rule("istiod.istio-system.svc.cluster.local", tls("SIMPLE"))],
        },
        "a host that a ServiceEntry calls external": {
            objects: [
                rule("db.mesh.internal", tls("SIMPLE")),
                manifest("networking.istio.io/v1", "ServiceEntry", "a4co/db", {
                    hosts: ["db.mesh.internal"],
                    location: "MESH_EXTERNAL",
                }),
            ],
            settings: { meshHosts: ["*.mesh.internal"] },
        },
        "a VirtualService": {
            objects: [manifest("networking.istio.io/v1", "VirtualService", "a4co/payment", {})],
            applies: false,
        },
    },
});
