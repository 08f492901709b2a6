import type { TelemetryIntent } from "#model/baseline.ts";

/** Where the gateway's certificate comes from. */
export type CertificateSource =
    | { readonly from: "existing" }
    | {
          readonly from: "cert-manager";
          readonly kind: "Issuer" | "ClusterIssuer";
          readonly name: string;
      };

/** What holds for the whole mesh, apart from the names in it. */
export interface BaselineSettings {
    readonly telemetry: TelemetryIntent;
    /**
     * `existing`: a Secret of type `kubernetes.io/tls` named `a4co-tls-cert` in the gateway pods' namespace, which
     * this program neither makes nor reads. `cert-manager`: a Certificate that keeps such a Secret up to date.
     */
    readonly certificate: CertificateSource;
    /** Whether port 80 of the gateway only redirects to HTTPS. */
    readonly redirectHttp: boolean;
}
