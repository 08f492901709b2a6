import { meshDisallowRivals } from "#policy/rules/mesh/disallow-rivals.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const strict = (name: string, app?: unknown) =>
    manifest("security.istio.io/v1", "PeerAuthentication", `a4co/${name}`, {
        mtls: { mode: "STRICT" },
        ...(app !== undefined && { selector: { matchLabels: { app } } }),
    });

describeRule(meshDisallowRivals, {
    compliant: {
        "one, and one for a workload": { objects: [strict("one"), strict("two", "pay")] },
    },
    violating: {
        "two for the namespace": {
            objects: [strict("one"), strict("two")],
            violations: [
                "PeerAuthentication a4co/two: spec: PeerAuthentication a4co/one is for the whole namespace as well, and only the older of both holds; one PeerAuthentication is allowed there",
            ],
        },
    },
    unknown: {
        "whom one is for": {
            objects: [strict("one"), strict("two", UNKNOWN)],
            advisories: [unknownAt("PeerAuthentication a4co/two: spec.selector.matchLabels.app")],
        },
    },
    nearMiss: { "two workloads": { objects: [strict("one", "order"), strict("two", "pay")] } },
});
