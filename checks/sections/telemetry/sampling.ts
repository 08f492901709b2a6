import type { HttpConnectionManager } from "#live/proxies/envoy-types.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { baselineFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { proxiedWorkloads } from "./workloads.ts";

/** Every proxy traces the declared share of the requests. */
export function samplingChecks(mesh: DeclaredMesh): readonly Check[] {
    const { samplingPercent } = baselineFrom(mesh.config).telemetry;
    const expected = describe(samplingPercent);
    return proxiedWorkloads(mesh).map((workload) => ({
        id: `telemetry/sampling/${workload}`,
        title: `the proxy of ${workload} has ${expected}`,
        documentation: "https://istio.io/latest/docs/reference/config/telemetry/#Tracing",
        run: async (live) => {
            const { httpConnectionManagers: managers, pod } = await live.proxy(workload);
            const other = managers.find((manager) => samplingOf(manager) !== samplingPercent);
            return other === undefined && managers.length > 0
                ? passed(`${expected} in ${managers.length} filter chains of ${pod}`)
                : failed(
                      `${expected} in every filter chain for HTTP`,
                      other === undefined
                          ? `no such filter chain in ${pod}`
                          : `${describe(samplingOf(other))} in listener ${other.listener} of ${pod}`,
                      `Look for a Telemetry beside ${BASELINE_NAMES.telemetry}, one in the namespace or for the workload goes first.`,
                  );
        },
    }));
}

/** Percent of the requests that a proxy decides to trace; `undefined` where it reports no spans. */
export function samplingOf({ tracing }: HttpConnectionManager): number | undefined {
    return tracing?.provider === undefined ? undefined : (tracing.random_sampling?.value ?? 0);
}

function describe(percent: number | undefined): string {
    return percent === undefined ? "no tracing" : `${percent} % random sampling`;
}
