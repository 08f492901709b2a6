import { openChains } from "#live/proxies/inbound.ts";
import { STRANGER } from "#model/reserved-names.ts";
import { listed } from "../../calls.ts";
import type { Section } from "../../check.ts";
import { failed, passed } from "../../check.ts";

/**
 * A workload that no catalogue names lets nobody in. Its proxy's configuration is read, because no request could show it:
 * a pod without a Service is only reached in plain text, and mutual TLS refuses that before any policy is asked.
 */
export const defaultChecks: Section = ({ context }) => [
    {
        id: "authorization/default",
        title: "a workload that no catalogue names lets nobody in",
        documentation: "https://istio.io/latest/docs/concepts/security/#authorization-policies",
        probes: "mesh",
        run: async (live) => {
            const chains = await live.inboundOf(STRANGER);
            const open = openChains(chains);
            return chains.length === 0 || open.length > 0
                ? failed(
                      "its proxy has an authorization filter that nobody passes, whatever is spoken",
                      chains.length === 0 ? "nothing listens" : `open: ${listed(open)}`,
                      `Apply an AuthorizationPolicy with an empty spec to namespace ${context.namespace}, and none without a selector that allows anything.`,
                  )
                : passed(`nobody passes the filters of a workload of nobody's`);
        },
    },
];
