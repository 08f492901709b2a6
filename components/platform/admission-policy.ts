import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Spec = k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;

/** What the API server judges, and what it does with whatever does not hold. */
export interface BoundPolicyArgs {
    /** Of the policy, and of its binding. */
    readonly name: string;
    readonly spec: Spec;
    readonly validationActions: readonly ("Deny" | "Audit" | "Warn")[];
}

/**
 * An admission policy, and then the binding without which it does nothing.
 *
 * @param dependsOn what must be there before either
 */
export function boundPolicy(
    name: string,
    { name: policyName, spec, validationActions }: BoundPolicyArgs,
    parent: pulumi.Resource,
    dependsOn: NonNullable<pulumi.CustomResourceOptions["dependsOn"]> = [],
): k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding {
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
        `${name}-policy`,
        { metadata: { name: policyName }, spec },
        { parent, dependsOn },
    );
    return new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        `${name}-binding`,
        {
            metadata: { name: policyName },
            spec: { policyName, validationActions: [...validationActions] },
        },
        { parent, dependsOn: [policy] },
    );
}
