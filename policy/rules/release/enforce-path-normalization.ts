import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { Field, Finding } from "../../field.ts";
import type { StackRule } from "../../rule.ts";

const REQUIRED = "DECODE_AND_MERGE_SLASHES";

/** What is let through for each way of writing a path, and refused for none. */
const WEAKER: Readonly<Record<string, string>> = {
    NONE: "NONE judges paths as they are written",
    BASE: "BASE leaves // and %2F as they are written",
    DEFAULT: "DEFAULT leaves // and %2F as they are written",
    MERGE_SLASHES: "MERGE_SLASHES leaves %2F as it is written",
};

function check(field: Field): Finding[] {
    const given = field.text() ?? "";
    return given === REQUIRED
        ? []
        : [
              field.finding(
                  WEAKER[given] ??
                      (given === ""
                          ? "no normalization leaves // and %2F as they are written"
                          : `${given} is no normalization`),
                  `only ${REQUIRED} is allowed`,
              ),
          ];
}

/** Policies and applications see the same path. */
export const releaseEnforcePathNormalization: StackRule = {
    name: "istio-release-enforce-path-normalization",
    severity: "high",
    level: "mandatory",
    description:
        "The mesh decodes and merges slashes before policies judge a path. Otherwise //payments/process and /payments%2Fprocess walk around a DENY, and an ALLOW of /payments/* lets /payments/..%2Fadmin reach the application as it is written.",
    remediation: [
        `Set meshConfig.pathNormalization.normalization of istiod's values to ${REQUIRED}.`,
        "Where an application needs %2F inside a segment, use MERGE_SLASHES, allow exact paths only, and make this rule advisory in the pack's configuration.",
    ],
    url: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ProxyPathNormalization",
    exemptible: "outside production",
    selects: CONTROL_PLANE_KINDS,
    checkStack: (stack, { settings }) =>
        eachControlPlane(stack, settings, (plane) => {
            const field = plane.meshConfig("pathNormalization", "normalization");
            return field === undefined ? [] : check(field);
        }),
};
