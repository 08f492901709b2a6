import * as pulumi from "@pulumi/pulumi";

/** Names of an object: plain, so that policies can read them at preview. */
export interface ObjectName {
    readonly name: string;
    readonly namespace: string;
}

/**
 * Holds an object against its kind's schema.
 *
 * @throws InputPropertyError for one that the schema refuses
 */
export function assertValid(
    model: { validate(): void },
    kind: string,
    { name, namespace }: ObjectName,
): void {
    try {
        model.validate();
    } catch (error) {
        throw new pulumi.InputPropertyError({
            propertyPath: `${kind} ${namespace}/${name}`,
            reason: error instanceof Error ? error.message : String(error),
        });
    }
}
