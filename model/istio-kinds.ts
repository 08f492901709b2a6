/** The kinds of Istio's that the mesh is made of, each in the version in which it is written. */
export const API_VERSIONS = {
    AuthorizationPolicy: "security.istio.io/v1",
    DestinationRule: "networking.istio.io/v1",
    Gateway: "networking.istio.io/v1",
    PeerAuthentication: "security.istio.io/v1",
    Sidecar: "networking.istio.io/v1",
    Telemetry: "telemetry.istio.io/v1",
    VirtualService: "networking.istio.io/v1",
} as const;

/** EnvoyFilter patches what istiod generates; it has no stable version. */
export const ENVOY_FILTER_VERSION = "networking.istio.io/v1alpha3";

export type IstioKind = keyof typeof API_VERSIONS;

/** The two parts of an API version, as clients want them. */
export function groupAndVersion(apiVersion: string): {
    readonly group: string;
    readonly version: string;
} {
    const [group = "", version = ""] = apiVersion.split("/");
    return { group, version };
}
