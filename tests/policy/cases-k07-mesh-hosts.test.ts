import { describeCases } from "./cases.ts";

describeCases("hosts of the cluster outside the mesh", {
    "c22-dr-unmeshed-host.yaml": [],
    "c57-dr-istiod.yaml": [],
    "k07-external-name.yaml": [
        "mandatory istio-namespace-enforce-deny-by-default: Namespace shop: has pods of the mesh, and nothing denies by default; an AuthorizationPolicy without selector that allows nothing is required",
    ],
    "k07-gateway-namespace.yaml": [],
    "k07-headless-pod.yaml": [],
    "k07-istio-mutual-outside.yaml": [
        "mandatory istio-destination-rule-disallow-mesh-tls-outside: DestinationRule shop/db: spec.trafficPolicy.tls.mode: ISTIO_MUTUAL asks mysql.legacy.svc.cluster.local, which runs outside the mesh, for an identity of the mesh; no tls at all, or TLS that its server speaks, is allowed",
    ],
    "k07-kube-system.yaml": [],
    "k07-opt-in-workload.yaml": [
        "mandatory istio-destination-rule-disallow-plaintext: DestinationRule legacy/db: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh",
        "mandatory istio-destination-rule-disallow-plaintext: DestinationRule legacy/db: spec.trafficPolicy.tls.mode: DISABLE sends plaintext; only ISTIO_MUTUAL, or no tls at all, is allowed for a host of the mesh",
        "mandatory istio-namespace-enforce-deny-by-default: Namespace legacy: has pods of the mesh, and nothing denies by default; an AuthorizationPolicy without selector that allows nothing is required",
    ],
    "k07-opt-out-workload.yaml": [
        'mandatory istio-workload-disallow-opt-out: Deployment shop/db: spec.template.metadata.labels["sidecar.istio.io/inject"]: false leaves the pod without a sidecar; every pod of the mesh needs its sidecar',
        "mandatory istio-namespace-enforce-deny-by-default: Namespace shop: has pods of the mesh, and nothing denies by default; an AuthorizationPolicy without selector that allows nothing is required",
    ],
    "k07-unverified.yaml": [
        "mandatory istio-destination-rule-enforce-server-verification: DestinationRule shop/db: spec.trafficPolicy.tls.subjectAltNames: none beside sni mysql, so a certificate for any name is accepted; the server's names are required",
    ],
});
