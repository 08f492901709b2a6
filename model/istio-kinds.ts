/** The kinds of Istio's that the mesh is made of, each in the version in which it is written. */
export const API_VERSIONS = {
    AuthorizationPolicy: "security.istio.io/v1",
    DestinationRule: "networking.istio.io/v1",
    /** It patches what istiod generates, and has no stable version. */
    EnvoyFilter: "networking.istio.io/v1alpha3",
    Gateway: "networking.istio.io/v1",
    PeerAuthentication: "security.istio.io/v1",
    ServiceEntry: "networking.istio.io/v1",
    Sidecar: "networking.istio.io/v1",
    Telemetry: "telemetry.istio.io/v1",
    VirtualService: "networking.istio.io/v1",
} as const;

export type IstioKind = keyof typeof API_VERSIONS;

/** The two parts of an API version, as clients want them. */
export function groupAndVersion(apiVersion: string): {
    readonly group: string;
    readonly version: string;
} {
    const [group = "", version = ""] = apiVersion.split("/");
    return { group, version };
}
