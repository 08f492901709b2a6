import { runningPods } from "#live/pods.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { proxySeries, scraped, scrapeProblem } from "../../scraping.ts";
import { proxiedWorkloads } from "./workloads.ts";

/** Every sidecar is scraped. */
export function metricsChecks(mesh: DeclaredMesh): readonly Check[] {
    return proxiedWorkloads(mesh).map((workload) => ({
        id: `telemetry/metrics/${workload}`,
        title: `Prometheus scrapes the proxies of ${workload}`,
        documentation: "https://istio.io/latest/docs/ops/integrations/prometheus/",
        run: async (live) =>
            mesh.config.addons.prometheus
                ? scrapeOutcome(live, workload)
                : skipped("The stack has no Prometheus (mesh:addons), so nobody keeps metrics."),
    }));
}

async function scrapeOutcome(live: LiveMesh, workload: string): Promise<Outcome> {
    const { config, context } = live.mesh;
    const series = proxySeries(config);
    const [answer, running] = await Promise.all([
        scraped(live),
        runningPods(live.core, workload, context),
    ]);
    const pods = running.map(({ namespace, name }) => ({ namespace, pod: name }));
    const problem = pods.length === 0 ? "no pod runs" : scrapeProblem(answer, pods, series);
    return problem === undefined
        ? passed(`${pods.length} of ${pods.length} pods are up and have series ${series}`)
        : failed(
              `every pod of ${workload} is a target that is up and has series ${series}`,
              problem,
              "Look at Prometheus' targets; of a proxy that had no requests yet there are none, so try again after a minute.",
          );
}
