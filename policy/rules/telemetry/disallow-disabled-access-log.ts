import { each } from "../../finding.ts";
import { TELEMETRY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** No workload goes without a record of its calls. */
export const telemetryDisallowDisabledAccessLog: ObjectRule = {
    name: "istio-telemetry-disallow-disabled-access-log",
    severity: "high",
    level: "mandatory",
    description:
        "No Telemetry turns access logs off in production. Otherwise nothing tells afterwards who called a workload, what it answered, and which breaker or policy refused.",
    remediation: [
        "Remove disabled from spec.accessLogging.",
        "Log less with spec.accessLogging[].filter, for example of failures only.",
    ],
    url: "https://istio.io/latest/docs/reference/config/telemetry/#AccessLogging",
    exemptible: "everywhere",
    selects: [TELEMETRY],
    checkObject: ({ root }, { settings: { production } }) =>
        each(
            () => (production ? root.at("spec", "accessLogging").items() : []),
            (entry) => {
                const disabled = entry.at("disabled");
                return disabled.flag() === true
                    ? [
                          disabled.finding(
                              "true turns access logs off",
                              "they are required in production",
                          ),
                      ]
                    : [];
            },
        ),
};
