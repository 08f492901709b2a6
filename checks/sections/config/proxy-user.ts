import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { PROXY_CONTAINER, PROXY_USER } from "#model/platform-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { livingPods } from "./proxies.ts";

/** Nobody but the proxy of a pod runs as the user, or in the group, whose traffic is not captured. */
export function proxyUser({ context: { namespace } }: DeclaredMesh): Check {
    return {
        id: "config/proxy-user",
        title: `no application of ${namespace} runs as the proxy's user, whose traffic passes by the proxy`,
        documentation: "https://istio.io/latest/docs/ops/deployment/application-requirements/",
        run: async (live) => {
            const pods = await livingPods(live, namespace);
            const wrong = pods.flatMap(proxyUserProblems);
            return wrong.length === 0
                ? passed(
                      `${pods.length} pods, in none of which an application is taken for a proxy`,
                  )
                : failed(
                      `user and group ${PROXY_USER} for ${PROXY_CONTAINER} alone`,
                      wrong.join("; "),
                      "Give the container another user and group in its securityContext: nothing that it sends goes through the proxy, so none of it is encrypted or limited.",
                  );
        },
    };
}

/** Containers that run as long as their pod and whose traffic its proxy never sees, each in one phrase. */
export function proxyUserProblems({ metadata, spec }: V1Pod): string[] {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []).filter(stays)];
    const proxy = containers.find(({ name }) => name === PROXY_CONTAINER)?.securityContext;
    return containers
        .filter(({ name }) => name !== PROXY_CONTAINER)
        .flatMap(({ name, securityContext: own }) =>
            (["runAsUser", "runAsGroup"] as const).flatMap((field) => {
                const value = own?.[field] ?? spec?.securityContext?.[field];
                return value !== undefined && isProxys(value, proxy?.[field])
                    ? [`${metadata?.name ?? ""}/${name}: ${field} ${value}`]
                    : [];
            }),
        );
}

/** Init containers that end have ended before anybody calls the pod, and some must get out before there is a proxy. */
function stays({ restartPolicy }: V1Container): boolean {
    return restartPolicy === "Always";
}

/** Where the injector gives the proxy a user of the namespace's range, that one is not captured either. */
function isProxys(value: number, proxys: number | undefined): boolean {
    return value === PROXY_USER || (value !== 0 && value === proxys);
}
