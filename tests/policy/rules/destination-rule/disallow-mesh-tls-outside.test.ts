import { destinationRuleDisallowMeshTlsOutside } from "#policy/rules/destination-rule/disallow-mesh-tls-outside.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { deployment, namespace } from "../../mesh-manifests.ts";
import { destinationRule, service, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const MUTUAL = { trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } };
const OUTSIDE = "db.legacy.svc.cluster.local";
const LEGACY = namespace("legacy", {});
const found = (place: string): string =>
    `DestinationRule a4co/payment: ${place}.tls.mode: ISTIO_MUTUAL asks ${OUTSIDE}, which runs outside the mesh, for an identity of the mesh; no tls at all, or TLS that its server speaks, is allowed`;

describeRule(destinationRuleDisallowMeshTlsOutside, {
    compliant: {
        "a host of the mesh": { objects: [destinationRule(MUTUAL), namespace()] },
        "no tls at all for one outside": { objects: [destinationRule({}, OUTSIDE), LEGACY] },
    },
    violating: {
        "a namespace without injection": {
            objects: [destinationRule(MUTUAL, OUTSIDE), LEGACY],
            violations: [found("spec.trafficPolicy")],
        },
        "one that the settings name, in a subset": {
            objects: [destinationRule({ subsets: [{ name: "v1", ...MUTUAL }] }, OUTSIDE)],
            settings: { unmeshedNamespaces: ["legacy"] },
            violations: [found("spec.subsets[0].trafficPolicy")],
        },
    },
    unknown: {
        "whether the namespace has injection": {
            objects: [
                destinationRule(MUTUAL, OUTSIDE),
                namespace("legacy", { "istio-injection": UNKNOWN }),
            ],
            advisories: [unknownAt("Namespace legacy: metadata.labels.istio-injection")],
        },
    },
    nearMiss: {
        "a pod that asks for its sidecar by itself": {
            objects: [
                destinationRule(MUTUAL, OUTSIDE),
                LEGACY,
                service("legacy/db", "db"),
                deployment("legacy/db", { labels: { "sidecar.istio.io/inject": "true" } }),
            ],
        },
        "a gateway of Kubernetes' API": {
            objects: [
                destinationRule(MUTUAL, "edge-istio.legacy.svc.cluster.local"),
                LEGACY,
                manifest("gateway.networking.k8s.io/v1", "Gateway", "legacy/edge", {
                    gatewayClassName: "istio",
                }),
            ],
        },
        "the root namespace, where gateways may run": {
            objects: [destinationRule(MUTUAL, "egress.istio-system.svc.cluster.local")],
        },
    },
});
