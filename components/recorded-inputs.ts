import type * as pulumi from "@pulumi/pulumi";

/**
 * What is recorded as a component's inputs: its arguments without those that are code or other resources. Left in, a
 * rejected `dependsOn` would be reported as a property that cannot be serialized.
 */
export function recordedInputs<Args extends object>(
    args: Args,
    ...leftOut: readonly (keyof Args & string)[]
): pulumi.Inputs {
    const names: readonly string[] = leftOut;
    return Object.fromEntries(Object.entries(args).filter(([key]) => !names.includes(key)));
}
