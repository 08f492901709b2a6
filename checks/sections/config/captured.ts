import type { V1Pod } from "@kubernetes/client-node";
import { checkResources } from "#policy/check.ts";
import { workloadDisallowCaptureExclusion } from "#policy/rules/workload/disallow-capture-exclusion.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { livingPods } from "./proxies.ts";

/** No pod keeps ports, addresses or interfaces from its proxy: what the pack refuses of declarations, asked of what runs. */
export function captured({ context: { namespace } }: DeclaredMesh): Check {
    return {
        id: "config/captured",
        title: `no pod of ${namespace} has traffic that its proxy never sees`,
        documentation: "https://istio.io/latest/docs/reference/config/annotations/",
        run: async (live) => {
            const pods = await livingPods(live, namespace);
            const wrong = captureProblems(pods);
            return wrong.length === 0
                ? passed(`${pods.length} pods, each with all of its traffic in its proxy`)
                : failed(
                      "no annotation that keeps traffic from the proxy",
                      wrong.join("; "),
                      "Look at the pod template of the pod's owner, and deploy the stack again.",
                  );
        },
    };
}

/** What pods keep from their proxies, each in one phrase. */
export function captureProblems(pods: readonly V1Pod[]): string[] {
    const resources = pods.map(({ metadata, spec }) => {
        const name = metadata?.name ?? "";
        const props = { apiVersion: "v1", kind: "Pod", metadata, spec };
        return { type: "kubernetes:core/v1:Pod", name, urn: name, props };
    });
    return checkResources([workloadDisallowCaptureExclusion], resources, {
        settings: DEFAULT_SETTINGS,
        levelOf: ({ level }) => level,
        now: new Date(),
    }).map(({ message }) => message);
}
