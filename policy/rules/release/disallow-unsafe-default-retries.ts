import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import { unsafeConditions } from "../../retries.ts";
import type { StackRule } from "../../rule.ts";

/** What holds for every route of the mesh that says nothing is safe for every request. */
export const releaseDisallowUnsafeDefaultRetries: StackRule = {
    name: "istio-release-disallow-unsafe-default-retries",
    severity: "high",
    level: "mandatory",
    description:
        "The mesh's default retries send a request again only where it cannot have been carried out. Otherwise every POST of every service that states no retries of its own may be carried out twice.",
    remediation: [
        "Remove meshConfig.defaultHttpRetryPolicy, or set its retryOn to connect-failure,refused-stream.",
        "State other retries on the routes that are safe to repeat.",
    ],
    url: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-default_http_retry_policy",
    exemptible: "everywhere",
    selects: CONTROL_PLANE_KINDS,
    checkStack: (stack, { settings }) =>
        eachIstiod(stack, settings, (istiod) => {
            const policy = istiod.meshConfig("defaultHttpRetryPolicy");
            const unsafe = policy?.exists === true ? unsafeConditions(policy) : [];
            return policy === undefined || unsafe.length === 0
                ? []
                : [
                      policy
                          .at("retryOn")
                          .finding(
                              `on ${unsafe.join(", ")} also a POST is sent again that may have been carried out`,
                              "for the whole mesh only connect-failure and refused-stream are allowed",
                          ),
                  ];
        }),
};
