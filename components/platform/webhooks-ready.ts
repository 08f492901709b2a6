import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { WebhookGate } from "../webhooks.ts";

/** What is asked, and what must be there before it is. */
export interface WebhooksReadyArgs {
    readonly webhooks: WebhookGate;
    readonly istiod: k8s.helm.v3.Release;
    /** What the gate's questions need besides: the guard and the namespace it is asked in. */
    readonly others: readonly pulumi.CustomResource[];
}

/**
 * The istiod Release, once its webhooks answer.
 *
 * A preview asks nobody: it has no cluster to ask. The value is an Output and no Promise, because an Output whose input is
 * unknown in a preview still hands its dependencies on, where a Promise would never resolve. A failure rejects with one
 * RunError, which Pulumi prints once however many resources wait for it.
 */
export function webhooksReady(args: WebhooksReadyArgs): pulumi.Output<pulumi.Resource> {
    const others = pulumi.all(args.others.map((resource) => resource.urn));
    return pulumi.all([args.istiod.status, others]).apply(async () => {
        if (!pulumi.runtime.isDryRun()) {
            await args.webhooks.ready().catch((error: unknown) => {
                throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
            });
        }
        return args.istiod;
    });
}
