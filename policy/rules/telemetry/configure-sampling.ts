import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { TELEMETRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

const [LEAST, MOST] = [1, 10];
const ALLOWED = `${LEAST} to ${MOST} % is allowed in production`;

function checkShare(field: Field | undefined): Finding[] {
    const share = field?.number();
    if (field === undefined || share === undefined || (share >= LEAST && share <= MOST)) {
        return [];
    }
    const effect = share > MOST ? "traces more requests than it is worth" : "leaves too few traces";
    return [field.finding(`${share} % ${effect}`, ALLOWED)];
}

function checkTracing(tracing: Field): Finding[] {
    return judgements(
        () => checkShare(tracing.at("randomSamplingPercentage")),
        () => {
            const field = tracing.at("disableSpanReporting");
            return field.flag() === true ? [field.finding("true traces nothing", ALLOWED)] : [];
        },
    );
}

/** Istiod's own share holds wherever no Telemetry says otherwise. The chart's default is 1 %. */
function checkPlane(plane: ControlPlane): Finding[] {
    return judgements(
        () => checkShare(plane.value("traceSampling")),
        () => checkShare(plane.meshConfig("defaultConfig", "tracing", "sampling")),
    );
}

/** Enough traces to find a fault in, and few enough to pay for. */
export const telemetryConfigureSampling: StackRule = {
    name: "istio-telemetry-configure-sampling",
    severity: "medium",
    level: "advisory",
    description: `Between ${LEAST} and ${MOST} % of requests are traced in production. Otherwise every request costs spans in each of its proxies and fills the trace store, or no trace exists of the request that failed.`,
    remediation: [
        `Set randomSamplingPercentage of every spec.tracing to a value from ${LEAST} to ${MOST}.`,
        "Set traceSampling of istiod's chart likewise: it holds where no Telemetry does.",
        "Trace one workload in full for a while with a Telemetry that selects it, and an exemption.",
    ],
    url: "https://istio.io/latest/docs/reference/config/telemetry/#Tracing",
    exemptible: "everywhere",
    selects: [TELEMETRY, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) =>
        settings.production
            ? [
                  ...each(
                      () => stack.of(TELEMETRY),
                      ({ root }) => each(() => root.at("spec", "tracing").items(), checkTracing),
                  ),
                  ...eachControlPlane(stack, settings, checkPlane),
              ]
            : [],
};
