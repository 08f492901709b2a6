import { chartValue, runsControlPlane } from "../../istio-chart.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Callers use mutual TLS without being told. */
export const releaseEnforceAutoMtls: ObjectRule = {
    name: "istio-release-enforce-auto-mtls",
    severity: "critical",
    level: "mandatory",
    description:
        "Istio turns mutual TLS on by itself for every call to a sidecar. Otherwise each caller sends plaintext unless some DestinationRule says ISTIO_MUTUAL, and the first host that none was written for is read by anybody on the network, or refused by a STRICT server.",
    remediation: ["Remove meshConfig.enableAutoMtls from istiod's values, or set it to true."],
    url: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-enable_auto_mtls",
    exemptible: "outside production",
    selects: HELM,
    checkObject: (release) => {
        if (!runsControlPlane(release)) {
            return [];
        }
        const field = chartValue(release, "meshConfig", "enableAutoMtls");
        return field.flag() === false
            ? [
                  field.finding(
                      "false sends plaintext wherever no DestinationRule says otherwise",
                      "only true, or no value, is allowed",
                  ),
              ]
            : [];
    },
};
