import type { KubeConfig, RequestContext } from "@kubernetes/client-node";
import { ClusterConfig } from "#network/cluster-config.ts";

/** Somebody in whose name requests are made. */
export interface Impersonated {
    readonly user: string;
    readonly group: string;
}

class ImpersonatingConfig extends ClusterConfig {
    readonly #who: Impersonated;

    constructor(config: KubeConfig, who: Impersonated) {
        super();
        this.#who = who;
        const { clusters, users, contexts, currentContext } = config;
        this.loadFromOptions({ clusters, users, contexts, currentContext });
    }

    override async applySecurityAuthentication(context: RequestContext): Promise<void> {
        await super.applySecurityAuthentication(context);
        context.setHeaderParam("Impersonate-User", this.#who.user);
        context.setHeaderParam("Impersonate-Group", this.#who.group);
    }
}

/** The same cluster, asked by the client's APIs in somebody else's name; the API server has to permit that. */
export function impersonating(config: KubeConfig, who: Impersonated): KubeConfig {
    return new ImpersonatingConfig(config, who);
}
