import { canaryDashboard } from "./canary.ts";
import { controlPlaneDashboard } from "./control-plane.ts";
import { meshDashboard, serviceDashboard, workloadDashboard } from "./istio.ts";
import type { Dashboard } from "./model.ts";
import { resilienceDashboard } from "./resilience.ts";

/** Every dashboard of the platform, by file name. */
export function dashboards(namespace: string): Readonly<Record<string, Dashboard>> {
    return {
        "istio-mesh.json": meshDashboard(),
        "istio-service.json": serviceDashboard(),
        "istio-workload.json": workloadDashboard(),
        "istio-control-plane.json": controlPlaneDashboard(),
        "canary.json": canaryDashboard(),
        "resilience.json": resilienceDashboard(namespace),
    };
}

/** The same as a ConfigMap's data. */
export function dashboardFiles(namespace: string): Record<string, string> {
    return Object.fromEntries(
        Object.entries(dashboards(namespace)).map(([file, content]) => [
            file,
            `${JSON.stringify(content)}\n`,
        ]),
    );
}
