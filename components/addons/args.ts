import type * as pulumi from "@pulumi/pulumi";
import type { PlatformSettings } from "#stack/platform-settings.ts";

/** What every addon is built from. */
export interface AddonArgs {
    readonly settings: PlatformSettings;
    /** Name of the existing namespace of the control plane. */
    readonly namespace: pulumi.Input<string>;
    /** What the release waits for. Pulumi does not pass a component's `dependsOn` on to its children. */
    readonly after: readonly pulumi.Resource[];
}

/** The part of the arguments that is recorded as the component's input. */
export function addonInputs(args: AddonArgs): pulumi.Inputs {
    return { namespace: args.namespace, size: args.settings.size };
}
