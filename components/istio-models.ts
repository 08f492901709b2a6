import { DestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import { Gateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import { Sidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { AuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import { PeerAuthentication } from "@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication";
import { Telemetry } from "@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry";
import type { IstioKind } from "#model/istio-kinds.ts";

/** The spec of each kind, as its schema has it. */
export interface Specs extends Record<IstioKind, object> {
    AuthorizationPolicy: NonNullable<AuthorizationPolicy["spec"]>;
    DestinationRule: NonNullable<DestinationRule["spec"]>;
    Gateway: NonNullable<Gateway["spec"]>;
    PeerAuthentication: NonNullable<PeerAuthentication["spec"]>;
    Sidecar: NonNullable<Sidecar["spec"]>;
    Telemetry: NonNullable<Telemetry["spec"]>;
    VirtualService: NonNullable<VirtualService["spec"]>;
}

export interface Metadata {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Record<string, string>;
}

interface ModelClass<Spec> {
    readonly apiVersion: string;
    new (data: { metadata: Metadata; spec: Spec }): {
        readonly apiVersion: string;
        validate(): void;
    };
}

/** The schema of every kind of Istio's that this program makes, in the version of `model/istio-kinds.ts`. */
export const MODELS: { readonly [Kind in IstioKind]: ModelClass<Specs[Kind]> } = {
    AuthorizationPolicy,
    DestinationRule,
    Gateway,
    PeerAuthentication,
    Sidecar,
    Telemetry,
    VirtualService,
};
