import type { RejectedConfig } from "#live/proxies/envoy-types.ts";
import { workloadsOf } from "#model/catalog.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { istiods, kindOf, sentTo } from "./istiod.ts";
import type { Istiod } from "./istiod.ts";
import { runningProxies } from "./proxies.ts";

/** Enough of an error to know which object it is about. */
const LONGEST_REASON = 300;

/**
 * No proxy refuses anything at present. Two witnesses: a proxy of each workload, which keeps an `error_state` beside
 * every resource it refused, and istiod, which remembers for every proxy the reason of its last refusal until it takes
 * the next. Istiod's counter `pilot_total_xds_rejects` is none: it also counts what was mended long ago, forgets all
 * when istiod restarts, and does not grow while nothing is pushed.
 */
export function rejected({ catalog }: DeclaredMesh): Check {
    const workloads = [INGRESS_GATEWAY, ...workloadsOf(catalog).map(({ name }) => name)];
    return {
        id: "config/rejected",
        title: "no proxy refuses any part of its configuration",
        documentation: "https://istio.io/latest/docs/ops/common-problems/validation/",
        run: async (live) => {
            const [controlPlane, running, ...proxies] = await Promise.all([
                istiods(live),
                runningProxies(live),
                ...workloads.map((workload) => live.proxy(workload)),
            ]);
            const refusals = [
                ...proxies.flatMap(({ pod, rejected: parts }) =>
                    parts.map((part) => refusalText(pod, part)),
                ),
                ...refusalsOf(running, controlPlane),
            ];
            return refusals.length === 0
                ? passed(`${running.length} proxies refuse nothing`)
                : failed(
                      "every proxy takes all of its configuration",
                      refusals.join("; "),
                      "Look for the object the reason speaks of, an EnvoyFilter first: istiod passes it on unread.",
                  );
        },
    };
}

/** What the proxies refused according to the istiods they are connected to. */
export function refusalsOf(proxies: readonly string[], controlPlane: readonly Istiod[]): string[] {
    return controlPlane
        .flatMap((istiod) => istiod.proxies)
        .filter(({ proxy }) => proxies.includes(proxy))
        .flatMap((status) =>
            Object.entries(sentTo(status)).flatMap(([type, { lastError }]) =>
                lastError === undefined || lastError === ""
                    ? []
                    : [refusalText(status.proxy, { name: kindOf(type), details: lastError })],
            ),
        );
}

function refusalText(proxy: string, { name, details }: RejectedConfig): string {
    const line = details.replaceAll(/\s+/g, " ").trim();
    const reason = line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}...` : line;
    return `${proxy} refuses ${name}: ${reason}`;
}
