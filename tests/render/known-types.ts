/** Every type a program of the mesh may register. Another one is a mistake, or belongs in this list with its test. */
const KNOWN_TYPES: readonly RegExp[] = [
    /^mesh:index:[A-Z][A-Za-z]+$/,
    /^random:index\/randomPassword:RandomPassword$/,
    /^kubernetes:helm\.sh\/v3:Release$/,
    /^kubernetes:core\/v1:(ConfigMap|Namespace|Secret|Service|ServiceAccount)$/,
    /^kubernetes:apps\/v1:Deployment$/,
    /^kubernetes:policy\/v1:PodDisruptionBudget$/,
    /^kubernetes:networking\.k8s\.io\/v1:NetworkPolicy$/,
    /^kubernetes:admissionregistration\.k8s\.io\/v1:ValidatingAdmissionPolicy(Binding)?$/,
    /^kubernetes:networking\.istio\.io\/v1:(DestinationRule|Gateway|ServiceEntry|Sidecar|VirtualService)$/,
    /^kubernetes:networking\.istio\.io\/v1alpha3:EnvoyFilter$/,
    /^kubernetes:security\.istio\.io\/v1:(AuthorizationPolicy|PeerAuthentication)$/,
    /^kubernetes:telemetry\.istio\.io\/v1:Telemetry$/,
    /^kubernetes:cert-manager\.io\/v1:Certificate$/,
    /^kubernetes:monitoring\.coreos\.com\/v1:(PodMonitor|PrometheusRule|ServiceMonitor)$/,
];

/** @throws Error for a type that no program of the mesh registers */
export function assertKnownType(type: string, name: string): void {
    if (!KNOWN_TYPES.some((known) => known.test(type))) {
        throw new Error(`unexpected resource ${name} of type ${type}`);
    }
}
