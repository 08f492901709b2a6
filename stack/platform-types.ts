type Environment = "dev" | "staging" | "prod";

/** Where Helm charts are taken from. A mirror or folder holds every chart under its own name. */
export type ChartSource =
    | { readonly kind: "repository" }
    | {
          readonly kind: "oci";
          /** Registry and path below which the charts lie, with or without `oci://`. */
          readonly registry: string;
      }
    | {
          readonly kind: "folder";
          /** Folder with `base`, `istiod`, `gateway`, `prometheus`, `grafana`, `jaeger`, `kiali-server`. */
          readonly path: string;
      };

interface PlatformImages {
    /** Registry and path of Istio's images. Default: what the released chart carries. */
    readonly hub?: string;
    /** Default: the Istio version. */
    readonly tag?: string;
    /** Default: `distroless` for size `large`, else Istio's standard images. */
    readonly variant?: "distroless" | "debug";
    /** `sha256:…` of the two images; wins over tag and variant. */
    readonly digests?: { readonly pilot?: string; readonly proxyv2?: string };
    /** Registry, with its path, that mirrors the addons' images under their own names. Default: theirs. */
    readonly addonRegistry?: string;
    /** Names of pull Secrets that exist in both namespaces. Default: none. */
    readonly pullSecrets?: readonly string[];
}

interface AddonSwitches {
    readonly prometheus: boolean;
    readonly grafana: boolean;
    readonly jaeger: boolean;
    readonly kiali: boolean;
}

/** Base URLs under which a browser reaches the addons, without Jaeger's and Kiali's own path. */
export interface AddonUrls {
    readonly grafana: string;
    readonly jaeger: string;
    readonly kiali: string;
}

export type KialiAuth = "anonymous" | "token" | "openid" | "openshift" | "header";

export interface KialiOpenId {
    readonly issuerUri: string;
    readonly clientId: string;
}

interface GatewayExposure {
    readonly serviceType: "LoadBalancer" | "NodePort" | "ClusterIP";
    /** Fixed ports of the node, only with `NodePort`. Default: Kubernetes chooses. */
    readonly nodePorts?: { readonly http: number; readonly https: number };
}

interface ResourceAmounts {
    readonly cpu?: string;
    readonly memory?: string;
}

export interface ResourceRequirements {
    readonly requests?: ResourceAmounts;
    readonly limits?: ResourceAmounts;
}

/** What a platform is, without what the program needs to build it. Plain values: policies read them. */
export interface MeshPlatformSettings {
    readonly environment: Environment;
    /** `small`: one replica, memory storage. `large`: replicas, budgets, volumes, NetworkPolicies. */
    readonly size: "small" | "large";
    /** Exact Istio version, for example `1.31.1`; also the version of Istio's charts. */
    readonly istioVersion: string;
    /** Namespace of the application, injected. Default `a4co`. */
    readonly namespace?: string;
    /** Namespace of istiod, the gateway and the addons. Default `istio-system`. */
    readonly controlPlaneNamespace?: string;
    /** Name of the cluster in metrics and Kiali. Default `a4co-cluster`. */
    readonly clusterName?: string;
    /** SPIFFE trust domain. Default `cluster.local`. */
    readonly trustDomain?: string;
    /** Public domain of the mesh; the addons' default URLs lie below it. Default `a4co.local`. */
    readonly domain?: string;
    /** Default: each chart's own repository. */
    readonly charts?: ChartSource;
    readonly images?: PlatformImages;
    /** Share of requests that are traced, 0 to 100. */
    readonly samplingPercent: number;
    /** What a sidecar does with hosts outside the registry. Default `REGISTRY_ONLY`. */
    readonly outboundTraffic?: "ALLOW_ANY" | "REGISTRY_ONLY";
    readonly addons: AddonSwitches;
    /** Default: port-forwards on localhost for `small`, `https://<addon>.<domain>` for `large`. */
    readonly addonUrls?: Partial<AddonUrls>;
    /** Default `token`. Whatever it is, Kiali only reads. */
    readonly kialiAuth?: KialiAuth;
    /** Needed by `openid`, refused with anything else. */
    readonly kialiOpenId?: KialiOpenId;
    /** Lets anybody who reaches Grafana look at dashboards. Default false. */
    readonly grafanaAnonymousViewer?: boolean;
    /** Default `LoadBalancer`. */
    readonly gateway?: GatewayExposure;
    /** Upstream Envoy in place of Istio's proxy build: no `istio_*` metrics. Default false. */
    readonly stockEnvoy?: boolean;
    /** Of every sidecar that sets none itself. Default 100m/128Mi, at most 500m/512Mi. */
    readonly proxyResources?: ResourceRequirements;
}
