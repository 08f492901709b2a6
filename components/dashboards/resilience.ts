import { dashboard, labelVariable } from "./model.ts";
import type { Dashboard } from "./model.ts";
import { outboundOf, poolPanels } from "./pools.ts";

/** Breakers, ejections, retries and denials of everything in a namespace. */
export function resilienceDashboard(namespace: string): Dashboard {
    const servers = 'namespace=~"$namespace"';
    return dashboard({
        uid: `${namespace}-resilience`,
        title: `${namespace.toUpperCase()} Resilience`,
        description: "What the breakers, retries and authorization rules of the mesh are doing.",
        variables: [
            labelVariable("namespace", "Namespace", "label_values(envoy_server_live, namespace)"),
        ],
        panels: poolPanels({
            outbound: `${servers},${outboundOf(".+")}`,
            servers,
            legend: "{{app}} to {{destination}}",
        }),
    });
}
