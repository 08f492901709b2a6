import { describeCases } from "./cases.ts";

describeCases("namespaces that are never injected", {
    "c74-kube-system-labelled.yaml": [
        "mandatory istio-namespace-enforce-injection: Namespace kube-system: metadata.labels.istio-injection: kube-system is never injected, whatever its labels say; a namespace that is injected is required",
    ],
    "k19-kube-system-right.yaml": [],
    "k19-policies-for-kube-system.yaml": [
        "mandatory istio-namespace-enforce-injection: AuthorizationPolicy local-path-storage/deny-all: metadata.namespace: local-path-storage is never injected, so this AuthorizationPolicy holds for no pod; a namespace that is injected is required",
        'mandatory istio-namespace-enforce-injection: Namespace kube-node-lease: metadata.labels["istio.io/rev"]: kube-node-lease is never injected, whatever its labels say; a namespace that is injected is required',
        "mandatory istio-workload-disallow-opt-out: Deployment kube-system/dns: spec.template.metadata.labels: kube-system is never injected, whoever asks for it; every pod of the mesh needs its sidecar",
    ],
});
