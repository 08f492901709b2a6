import { askUntil } from "#wait.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { Istiod, SyncStatus } from "./istiod.ts";
import { istiods, istiodsNow, kindOf, sentTo } from "./istiod.ts";
import { runningProxies } from "./proxies.ts";

/** A push that is under way is no finding: proxies take one in well under a second. */
const PATIENCE_MILLISECONDS = 4000;
const INTERVAL_MILLISECONDS = 500;

/** Without these a proxy serves nobody; it asks for the other kinds only where it has use for them. */
const ALWAYS_SENT = ["Cluster", "Listener"] as const;

/** Every proxy is connected to an istiod and took all that it was sent. */
export const synced: Check = {
    id: "config/synced",
    title: "every proxy took the newest configuration from istiod",
    documentation: "https://istio.io/latest/docs/ops/diagnostic-tools/proxy-cmd/",
    run: async (live) => {
        // The first answer is shared with the other checks.
        let ask = istiods;
        const { controlPlane, proxies } = await askUntil(
            async () => {
                const [seen, running] = await Promise.all([ask(live), runningProxies(live)]);
                ask = istiodsNow;
                return { controlPlane: seen, proxies: running };
            },
            (state) =>
                state.proxies.length > 0 &&
                behindOf(state.proxies, state.controlPlane).length === 0,
            {
                milliseconds: PATIENCE_MILLISECONDS,
                pause: INTERVAL_MILLISECONDS,
                signal: live.signal,
            },
        );
        const behind = behindOf(proxies, controlPlane);
        if (proxies.length > 0 && behind.length === 0) {
            const pods = controlPlane.map(({ pod }) => pod).join(", ");
            return passed(`${proxies.length} proxies are in step with ${pods}`);
        }
        return failed(
            "every proxy acknowledged what istiod sent last",
            proxies.length === 0 ? "no proxy runs" : behind.join("; "),
            "Read the proxy's and istiod's logs: a proxy refuses what it cannot use and stays with what it had.",
        );
    },
};

/** Every proxy is of the version of the istiod it is connected to. */
export const proxyVersion: Check = {
    id: "config/proxy-version",
    title: "every proxy is of its control plane's version",
    documentation: "https://istio.io/latest/docs/setup/upgrade/canary/#data-plane",
    run: async (live) => {
        const [controlPlane, proxies] = await Promise.all([istiods(live), runningProxies(live)]);
        const { others, same } = versionsOf(proxies, controlPlane);
        const versions = [...new Set(controlPlane.map(({ version }) => version))].join(", ");
        if (others.length === 0 && same > 0) {
            return passed(`${same} proxies of version ${versions}`);
        }
        return failed(
            `every proxy is of version ${versions}`,
            others.length === 0 ? "istiod knows no proxy of the mesh" : others.join("; "),
            "Restart the workloads (kubectl rollout restart): a pod keeps the proxy it was injected with.",
        );
    },
};

/** Each proxy that is not in step, and what it lacks. */
export function behindOf(proxies: readonly string[], controlPlane: readonly Istiod[]): string[] {
    const statuses = controlPlane.flatMap((istiod) => istiod.proxies);
    return proxies.flatMap((proxy) => {
        // After a reconnection the old istiod may know the proxy for a while.
        const lacks = statuses.filter((status) => status.proxy === proxy).map(lacksOf);
        if (lacks.length === 0) {
            return [`${proxy} is connected to no istiod`];
        }
        return lacks.some((kinds) => kinds.length === 0)
            ? []
            : [`${proxy} has not the newest ${lacks[0]?.join(", ") ?? ""}`];
    });
}

/** Proxies of another version than the istiod that serves them, and how many are of the same. */
export function versionsOf(
    proxies: readonly string[],
    controlPlane: readonly Istiod[],
): { readonly others: readonly string[]; readonly same: number } {
    const known = controlPlane.flatMap(({ pod, version, proxies: connected }) =>
        connected
            .filter(({ proxy }) => proxies.includes(proxy))
            .map(({ proxy, istio_version: own = "unknown" }) => ({ pod, version, proxy, own })),
    );
    const others = known.filter(({ version, own }) => own !== version);
    return {
        others: others.map(
            ({ pod, version, proxy, own }) => `${proxy} is of ${own}, its ${pod} of ${version}`,
        ),
        same: known.length - others.length,
    };
}

function lacksOf(status: SyncStatus): string[] {
    const sent = Object.entries(sentTo(status)).map(([type, state]) => ({
        kind: kindOf(type),
        ...state,
    }));
    return [
        ...sent.filter((state) => state.sent !== state.acked).map(({ kind }) => kind),
        ...ALWAYS_SENT.filter(
            (kind) => !sent.some((state) => state.kind === kind && state.sent !== undefined),
        ),
    ];
}
