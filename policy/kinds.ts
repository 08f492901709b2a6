import type { Selector } from "./kubernetes-object.ts";

const NETWORKING = "networking.istio.io";
const SECURITY = "security.istio.io";

export const AUTHORIZATION_POLICY: Selector = { group: SECURITY, kind: "AuthorizationPolicy" };
export const DESTINATION_RULE: Selector = { group: NETWORKING, kind: "DestinationRule" };
export const GATEWAY: Selector = { group: NETWORKING, kind: "Gateway" };
export const PEER_AUTHENTICATION: Selector = { group: SECURITY, kind: "PeerAuthentication" };
export const REQUEST_AUTHENTICATION: Selector = { group: SECURITY, kind: "RequestAuthentication" };
export const SERVICE_ENTRY: Selector = { group: NETWORKING, kind: "ServiceEntry" };
export const SIDECAR: Selector = { group: NETWORKING, kind: "Sidecar" };
export const TELEMETRY: Selector = { group: "telemetry.istio.io", kind: "Telemetry" };
export const VIRTUAL_SERVICE: Selector = { group: NETWORKING, kind: "VirtualService" };

const GATEWAY_API = "gateway.networking.k8s.io";
/** Kinds of the Gateway API that are still tried out. */
const GATEWAY_API_TRIED_OUT = "gateway.networking.x-k8s.io";

/** Gateways of Kubernetes' own API, for which Istio makes pods and accounts. */
export const KUBERNETES_GATEWAY: Selector = { group: GATEWAY_API, kind: "Gateway" };
export const GATEWAY_CLASS: Selector = { group: GATEWAY_API, kind: "GatewayClass" };
export const LISTENER_SETS: readonly Selector[] = [
    { group: GATEWAY_API, kind: "ListenerSet" },
    { group: GATEWAY_API_TRIED_OUT, kind: "XListenerSet" },
];
export const HTTP_ROUTE: Selector = { group: GATEWAY_API, kind: "HTTPRoute" };
export const GRPC_ROUTE: Selector = { group: GATEWAY_API, kind: "GRPCRoute" };
/** The routes of the Gateway API that Istio reads. */
export const GATEWAY_API_ROUTES: readonly Selector[] = [
    HTTP_ROUTE,
    GRPC_ROUTE,
    { group: GATEWAY_API, kind: "TLSRoute" },
    { group: GATEWAY_API, kind: "TCPRoute" },
];
export const REFERENCE_GRANT: Selector = { group: GATEWAY_API, kind: "ReferenceGrant" };
/** Every kind of the Gateway API, and of what is tried out beside it. */
export const GATEWAY_API_KINDS: readonly Selector[] = [
    { group: GATEWAY_API },
    { group: GATEWAY_API_TRIED_OUT },
];

/** Every kind of Istio's own API groups. */
export const ISTIO_KINDS: readonly Selector[] = [
    { group: "extensions.istio.io" },
    { group: NETWORKING },
    { group: SECURITY },
    { group: "telemetry.istio.io" },
];

export const NAMESPACE: Selector = { group: "", kind: "Namespace" };
export const SERVICE: Selector = { group: "", kind: "Service" };
export const SERVICE_ACCOUNT: Selector = { group: "", kind: "ServiceAccount" };
export const SECRET: Selector = { group: "", kind: "Secret" };
export const CONFIG_MAP: Selector = { group: "", kind: "ConfigMap" };

const ADMISSION = "admissionregistration.k8s.io";
export const ADMISSION_POLICY: Selector = { group: ADMISSION, kind: "ValidatingAdmissionPolicy" };
export const ADMISSION_POLICY_BINDING: Selector = {
    group: ADMISSION,
    kind: "ValidatingAdmissionPolicyBinding",
};

export const HORIZONTAL_POD_AUTOSCALER: Selector = {
    group: "autoscaling",
    kind: "HorizontalPodAutoscaler",
};

/** Argo's workload, which releases step by step. */
export const ROLLOUT: Selector = { group: "argoproj.io", kind: "Rollout" };
export const DEPLOYMENT: Selector = { group: "apps", kind: "Deployment" };

/** Everything that runs pods, an operator's kinds as well. */
export const WORKLOADS: Selector = { runsPods: true };

/** Helm's releases, and its charts rendered by Pulumi. */
export const HELM: readonly Selector[] = [
    { group: "helm.sh", kind: "Chart" },
    { group: "helm.sh", kind: "Release" },
];

/** The resource of istioctl, and of the operator that Istio had. */
export const ISTIO_OPERATOR: Selector = { group: "install.istio.io", kind: "IstioOperator" };
/** The resources of the sail operator: Istio, IstioRevision, IstioCNI, ZTunnel. */
export const SAIL: Selector = { group: "sailoperator.io" };

/** Whatever installs a part of Istio by values: Helm and operators. */
export const INSTALLERS: readonly Selector[] = [...HELM, ISTIO_OPERATOR, SAIL];
