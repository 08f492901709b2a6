import { describeCases } from "./cases.ts";

describeCases("pods and identities of custom resources", {
    "c19-argo-rollout.yaml": [],
    "c20-argo-rollout-optout.yaml": [
        "advisory istio-workload-configure-image-digest: Rollout shop/web: spec.template.spec.containers[0].image: example.com/web:latest is whatever its tag stands for; a digest is advised in production",
        "mandatory istio-authorization-policy-enforce-known-principals: AuthorizationPolicy shop/web-to-cart: spec.rules[0].from[0].source.principals[0]: cluster.local/ns/shop/sa/web belongs to a ServiceAccount that no workload uses; the nearest that a workload has is cluster.local/ns/shop/sa/cart",
        "mandatory istio-workload-disallow-floating-tag: Rollout shop/web: spec.template.spec.containers[0].image: example.com/web:latest is another image tomorrow; a tag of a version, or a digest, is required",
        'mandatory istio-workload-disallow-opt-out: Rollout shop/web: spec.template.metadata.labels["sidecar.istio.io/inject"]: false leaves the pod without a sidecar; every pod of the mesh needs its sidecar',
    ],
    "c62-flagger-canary.yaml": [
        "advisory istio-canary-configure-primary-policies: AuthorizationPolicy shop/deny-dev: spec.selector.matchLabels.app: cart leaves out the pods that Flagger makes for Canary shop/cart, which carry app: cart-primary; one that selects cart-primary, or the whole namespace, is advised as well",
    ],
    "k06-flagger-hosts-right.yaml": [],
    "k06-flagger-kinds.yaml": [
        "advisory istio-canary-configure-primary-policies: PeerAuthentication shop/cart: spec.selector.matchLabels.name: cart leaves out the pods that Flagger makes for Canary shop/release, which carry name: cart-primary; one that selects cart-primary, or the whole namespace, is advised as well",
        "advisory istio-canary-configure-primary-policies: Sidecar shop/cart: spec.workloadSelector.labels.name: cart leaves out the pods that Flagger makes for Canary shop/release, which carry name: cart-primary; one that selects cart-primary, or the whole namespace, is advised as well",
    ],
    "k06-flagger-right.yaml": [],
    "k06-machines.yaml": [
        "mandatory istio-workload-enforce-service-account: WorkloadGroup shop/nameless: spec.template.serviceAccount: without a ServiceAccount the pods run as default; a ServiceAccount of its own is required",
    ],
    "k06-operators-accounts.yaml": [
        "mandatory istio-authorization-policy-enforce-known-principals: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.principals[2]: cluster.local/ns/shop/sa/web belongs to no ServiceAccount of the stack; the nearest that a workload has is cluster.local/ns/shop/sa/cart",
    ],
    "k06-scaled.yaml": [
        "advisory istio-destination-rule-configure-ejection-share: DestinationRule shop/web: spec.trafficPolicy.outlierDetection.maxEjectionPercent: 30 % of 2 replicas is less than one: it never ejects; at least 50 %, or 4 replicas, are needed",
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/cart: spec.trafficPolicy.connectionPool.http.http2MaxRequests: no limit; a limit is required for a host with HTTP routes",
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/web: spec.trafficPolicy.connectionPool.http.http2MaxRequests: no limit; a limit is required for a host with HTTP routes",
    ],
    "k06-fleeting-labels.yaml": [
        "mandatory istio-reference-enforce-workload: AuthorizationPolicy shop/deny-old: spec.selector.matchLabels.pod-template-hash: no pod has this label after the next release; labels of the pod's template are allowed",
        "mandatory istio-reference-enforce-workload: DestinationRule shop/cart: spec.subsets[0].labels.pod-template-hash: no pod has this label after the next release; labels of the pod's template are allowed",
    ],
    "k06-labels-right.yaml": [],
});
