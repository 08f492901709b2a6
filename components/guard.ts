import * as pulumi from "@pulumi/pulumi";
import type { GuardIntent, Requester } from "#model/guard.ts";
import { guardPolicies, mayDeploy } from "#model/guard.ts";
import type { Catalog } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { ClusterAccess } from "#stack/config.ts";
import { boundPolicy } from "./platform/admission-policy.ts";
import { recordedInputs } from "./recorded-inputs.ts";

/** Tells who deploys. */
export interface DeployerGate {
    /** What the API server calls whoever asks it. */
    whoDeploys(): Promise<Requester>;
}

/** What the guard is made from: the mesh that it guards, who may change that, and who is about to. */
export interface MeshGuardArgs extends GuardIntent {
    readonly catalog: Catalog;
    readonly context: MeshContext;
    /** Asked once, in an update, never in a preview. */
    readonly gate: DeployerGate;
}

/** The gate of a real cluster: the API server's own word. */
export function kubernetesDeployerGate(access: ClusterAccess): DeployerGate {
    return {
        whoDeploys: async () => {
            // Loaded here, because a preview never gets this far and should not pay for it.
            const kubernetes = await import("./platform/admission-client.ts");
            return kubernetes.requesterOf(kubernetes.kubeConfigOf(access));
        },
    };
}

/**
 * Makes the API server itself refuse whatever would change the mesh and does not come from a deployer: objects of Istio's and
 * Gateway API's, Services and endpoints, pods and tokens with a workload's identity, and ways into its pods.
 *
 * It is made only once it is known that it would not lock out whoever deploys it.
 */
export class MeshGuard extends pulumi.ComponentResource {
    /** @param args the mesh, and who may change it */
    constructor(name: string, args: MeshGuardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:MeshGuard", name, recordedInputs(args, "gate", "catalog"), opts);
        const { context } = args;
        const admitted = deployerAdmitted(args);
        const bindings = guardPolicies(args, args).map((policy) =>
            boundPolicy(
                `${name}-${policy.name.slice(context.namespace.length + 1)}`,
                policy,
                this,
                admitted,
            ),
        );
        this.registerOutputs({ bindings: bindings.map(({ metadata }) => metadata.name) });
    }
}

/** Nothing to wait for, once the deployer is known to be one. An Output for what {@link webhooksReady} says of it. */
function deployerAdmitted(args: MeshGuardArgs): pulumi.Output<pulumi.Resource[]> {
    return pulumi.output(args.stack).apply(async (stack) => {
        if (!pulumi.runtime.isDryRun()) {
            const { username, groups } = await args.gate.whoDeploys().catch((error: unknown) => {
                const reason = error instanceof Error ? error.message : String(error);
                throw new pulumi.RunError(`the API server did not say who deploys: ${reason}`);
            });
            if (!mayDeploy({ username, groups }, args)) {
                throw new pulumi.RunError(
                    `the guard of stack ${stack} would lock out who deploys it: user ${username} of ${groups.join(", ")} is not in mesh:deployers; name the user, a group or the ServiceAccount there, or deploy as one of those`,
                );
            }
        }
        return [];
    });
}
