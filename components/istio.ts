import { DestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import { EnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import { Gateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import { ServiceEntry } from "@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry";
import { Sidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { AuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import { PeerAuthentication } from "@kubernetes-models/istio/security.istio.io/v1/PeerAuthentication";
import { Telemetry } from "@kubernetes-models/istio/telemetry.istio.io/v1/Telemetry";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { IstioKind } from "#model/istio-kinds.ts";
import type { ObjectName } from "./validated.ts";
import { assertValid } from "./validated.ts";

/** The spec of each kind, as its schema has it. */
interface Specs extends Record<IstioKind, object> {
    AuthorizationPolicy: NonNullable<AuthorizationPolicy["spec"]>;
    DestinationRule: NonNullable<DestinationRule["spec"]>;
    EnvoyFilter: NonNullable<EnvoyFilter["spec"]>;
    Gateway: NonNullable<Gateway["spec"]>;
    PeerAuthentication: NonNullable<PeerAuthentication["spec"]>;
    ServiceEntry: NonNullable<ServiceEntry["spec"]>;
    Sidecar: NonNullable<Sidecar["spec"]>;
    Telemetry: NonNullable<Telemetry["spec"]>;
    VirtualService: NonNullable<VirtualService["spec"]>;
}

interface Metadata extends ObjectName {
    readonly annotations?: Readonly<Record<string, string>>;
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
    EnvoyFilter,
    Gateway,
    PeerAuthentication,
    ServiceEntry,
    Sidecar,
    Telemetry,
    VirtualService,
};

/** An Istio custom resource: its kind, its name, and a spec that the kind's schema takes. */
export interface IstioResourceArgs<Kind extends IstioKind> extends ObjectName {
    readonly kind: Kind;
    /** Default: none. */
    readonly annotations?: Readonly<Record<string, string>>;
    /** As Istio's API has it; checked against its schema as well. */
    readonly spec: Specs[Kind];
}

/**
 * The one way in which this program makes an Istio custom resource: typed by its kind and checked against the kind's
 * schema before it is registered.
 */
export class IstioResource<Kind extends IstioKind> extends k8s.apiextensions.CustomResource {
    /**
     * @param name Pulumi's name of the resource, which need not be the object's
     * @throws InputPropertyError for a spec that the kind's schema refuses
     */
    constructor(
        name: string,
        { kind, name: metadataName, namespace, annotations, spec }: IstioResourceArgs<Kind>,
        options: pulumi.CustomResourceOptions,
    ) {
        const metadata: Metadata = {
            name: metadataName,
            namespace,
            ...(annotations !== undefined && { annotations }),
        };
        assertValid(new MODELS[kind]({ metadata, spec }), kind, metadata);
        super(name, { apiVersion: API_VERSIONS[kind], kind, metadata, spec }, options);
    }
}
