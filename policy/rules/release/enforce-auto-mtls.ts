import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { StackRule } from "../../rule.ts";

/** Callers use mutual TLS without being told. */
export const releaseEnforceAutoMtls: StackRule = {
    name: "istio-release-enforce-auto-mtls",
    severity: "critical",
    level: "mandatory",
    description:
        "Istio turns mutual TLS on by itself for every call to a sidecar. Otherwise each caller sends plaintext unless some DestinationRule says ISTIO_MUTUAL, and the first host that none was written for is read by anybody on the network, or refused by a STRICT server.",
    remediation: ["Remove meshConfig.enableAutoMtls from istiod's values, or set it to true."],
    url: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-enable_auto_mtls",
    exemptible: "outside production",
    selects: CONTROL_PLANE_KINDS,
    checkStack: (stack, { settings }) =>
        eachControlPlane(stack, settings, (plane) => {
            const field = plane.meshConfig("enableAutoMtls");
            return field?.flag() === false
                ? [
                      field.finding(
                          "false sends plaintext wherever no DestinationRule says otherwise",
                          "only true, or no value, is allowed",
                      ),
                  ]
                : [];
        }),
};
