import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { addonInputs, installAddon } from "./addon.ts";
import type { AddonArgs } from "./addon.ts";
import { KIALI_SIGNING, kialiValues } from "./kiali-values.ts";

/** Kiali takes keys of 16, 24 or 32 bytes and nothing between. */
const SIGNING_KEY_LENGTH = 32;

/** The service graph: Kiali as Service `kiali:20001`, beside istiod, whose debug API answers that namespace alone. */
export class Kiali extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Kiali", name, addonInputs(args), opts);
        const { namespace } = args;
        const key = new random.RandomPassword(
            `${name}-signing-key`,
            { length: SIGNING_KEY_LENGTH, special: false },
            { parent: this },
        );
        const secret = new k8s.core.v1.Secret(
            `${name}-signing-secret`,
            {
                metadata: { name: KIALI_SIGNING.secret, namespace },
                stringData: { [KIALI_SIGNING.key]: key.result },
            },
            { parent: this },
        );
        const after = [...args.after, secret];
        this.release = installAddon(
            this,
            name,
            "kiali",
            { ...args, after },
            kialiValues(args.settings),
        );
        this.registerOutputs({ releaseName: this.release.name });
    }
}
