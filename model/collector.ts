import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { IServiceEntry } from "@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry";

type ServiceEntrySpec = NonNullable<IServiceEntry["spec"]>;
type DestinationRuleSpec = NonNullable<IDestinationRule["spec"]>;

/** Where a collector takes spans by OTLP over gRPC. */
export interface Collector {
    /** As istiod knows it: a Service with the cluster's domain, or a host outside. */
    readonly host: string;
    readonly port: number;
    /** Whether it is called with TLS, and its certificate verified. */
    readonly tls: boolean;
    /** The Service's namespace; none of a host outside. */
    readonly namespace: string | undefined;
}

/** Makes a host outside the cluster known: istiod looks up in its registry where a provider sends spans. */
export function collectorEntrySpec({ host, port }: Collector): ServiceEntrySpec {
    return {
        hosts: [host],
        location: "MESH_EXTERNAL",
        resolution: "DNS",
        ports: [{ number: port, name: "grpc-otlp", protocol: "GRPC" }],
    };
}

/** Spans leave over TLS, to a host whose certificate bears its name and comes from an authority that everybody knows. */
export function collectorTlsSpec({ host }: Collector): DestinationRuleSpec {
    return {
        host,
        trafficPolicy: {
            tls: { mode: "SIMPLE", sni: host, subjectAltNames: [host], caCertificates: "system" },
        },
    };
}
