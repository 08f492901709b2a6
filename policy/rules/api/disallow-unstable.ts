import { ISTIO_KINDS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const ALLOWED = "it is allowed only with an exemption that names owner, reason and last day";

/** Kinds that reach below Istio's own API, whatever their version. */
const UNSTABLE_KINDS: Readonly<Record<string, string>> = {
    EnvoyFilter: "EnvoyFilter patches what istiod generates, which changes with every release",
    WasmPlugin: "WasmPlugin runs foreign code inside the proxy",
};

/** Somebody answers for what an upgrade may break. */
export const apiDisallowUnstable: ObjectRule = {
    name: "istio-api-disallow-unstable",
    severity: "high",
    level: "mandatory",
    description:
        "EnvoyFilter, WasmPlugin and every alpha version of Istio's API are used only with an exemption. Otherwise the next upgrade of Istio changes or drops what the object does, mTLS and authorization filters included, and nobody was asked.",
    remediation: [
        "Say the same with a kind of version v1: Telemetry, DestinationRule, VirtualService, Sidecar.",
        "Where nothing else does it, exempt the object, with a day on which it is looked at again.",
        "Write networking.istio.io/v1 for v1alpha3.",
    ],
    url: "https://istio.io/latest/docs/releases/feature-stages/",
    exemptible: "everywhere",
    selects: ISTIO_KINDS,
    checkObject: ({ group, kind, version, root }) => {
        const unstable =
            UNSTABLE_KINDS[kind] ??
            (version.includes("alpha")
                ? `${group}/${version} is an alpha version, which Istio may change or drop`
                : undefined);
        return unstable === undefined ? [] : [root.at("apiVersion").finding(unstable, ALLOWED)];
    },
};
