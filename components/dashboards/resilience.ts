import { dashboard, labelVariable } from "./model.ts";
import type { Dashboard } from "./model.ts";
import { outboundOf, poolPanels } from "./pools.ts";

/** Characters that Grafana takes; a namespace may have more. */
const UID_LENGTH = 40;
const SUFFIX = "-resilience";

/** Breakers, ejections, retries and denials of everything in a namespace. */
export function resilienceDashboard(namespace: string): Dashboard {
    const servers = 'namespace=~"$namespace"';
    return dashboard({
        uid: `${namespace.slice(0, UID_LENGTH - SUFFIX.length)}${SUFFIX}`,
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
