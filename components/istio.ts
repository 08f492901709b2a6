import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { IstioKind } from "#model/istio-kinds.ts";
import { MODELS } from "./istio-models.ts";
import type { Metadata, Specs } from "./istio-models.ts";

/** An Istio custom resource: its kind, its name, and a spec that the kind's schema takes. */
export interface IstioResourceArgs<Kind extends IstioKind> {
    readonly kind: Kind;
    /** `metadata.name` and `metadata.namespace`: plain, so that policies can read them at preview. */
    readonly name: string;
    readonly namespace: string;
    readonly spec: Specs[Kind];
    readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The one way in which this program makes an Istio custom resource: typed by its kind and checked against the kind's
 * schema before it is registered.
 *
 * @throws pulumi.InputPropertyError for a spec that the kind's schema refuses
 */
export class IstioResource<Kind extends IstioKind> extends k8s.apiextensions.CustomResource {
    constructor(
        name: string,
        { kind, name: metadataName, namespace, spec, annotations }: IstioResourceArgs<Kind>,
        options: pulumi.CustomResourceOptions,
    ) {
        const metadata: Metadata = {
            name: metadataName,
            namespace,
            ...(annotations && { annotations: { ...annotations } }),
        };
        const model = new MODELS[kind]({ metadata, spec });
        try {
            model.validate();
        } catch (error) {
            throw new pulumi.InputPropertyError({
                propertyPath: `${kind} ${namespace}/${metadataName}`,
                reason: error instanceof Error ? error.message : String(error),
            });
        }
        super(name, { apiVersion: API_VERSIONS[kind], kind, metadata, spec }, options);
    }
}
