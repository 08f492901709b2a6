import { runningPods } from "#live/pods.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { askUntil } from "#wait.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { PROXY_SERIES, scraped, scrapeProblem } from "../../scraping.ts";
import { unlessOutOfReach } from "./out-of-reach.ts";
import { reportedRequests } from "./requests.ts";
import type { ReportedRequest } from "./requests.ts";

/** Two of the scrapes of a large platform. */
const PATIENCE_MILLISECONDS = 35_000;
const INTERVAL_MILLISECONDS = 1000;

/** Every sidecar is scraped, and what it counts of a request arrives. */
export function metricsChecks(mesh: DeclaredMesh): readonly Check[] {
    return reportedRequests(mesh).map((request) => ({
        id: `telemetry/metrics/${request.workload}`,
        title: `Prometheus scrapes the proxies of ${request.workload}`,
        documentation: "https://istio.io/latest/docs/ops/integrations/prometheus/",
        probes: "mesh",
        run: async (live) =>
            addonEndpoints(mesh.config).prometheus !== undefined
                ? unlessOutOfReach(() => scrapeOutcome(live, request))
                : skipped("The stack has no Prometheus (mesh:addons), so nobody keeps metrics."),
    }));
}

async function scrapeOutcome(
    live: LiveMesh,
    { workload, make }: ReportedRequest,
): Promise<Outcome> {
    // A proxy that nobody has asked yet has counted nothing.
    await make(live);
    const { pods, problem } = await askUntil(
        async () => {
            const [answer, running] = await Promise.all([
                scraped(live),
                runningPods(live.core, workload, live.mesh.context),
            ]);
            return { pods: running.length, problem: scrapeProblem(answer, running) };
        },
        (seen) => seen.problem === undefined,
        { milliseconds: PATIENCE_MILLISECONDS, pause: INTERVAL_MILLISECONDS, signal: live.signal },
    );
    return problem === undefined
        ? passed(`${pods} of ${pods} pods are up, with series ${PROXY_SERIES}`)
        : failed(
              `every pod of ${workload} is a target that is up, and one has series ${PROXY_SERIES}`,
              `${problem} after ${PATIENCE_MILLISECONDS / 1000} s`,
              "Look at Prometheus' targets, and at the metrics that Telemetry switches on.",
          );
}
