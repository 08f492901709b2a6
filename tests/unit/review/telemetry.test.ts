import { compareTelemetry } from "#review/telemetry.ts";
import { assertChanges } from "./shop.ts";

function telemetry(spec: string, namespace = "istio-system", name = "mesh"): string {
    return `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ${spec} }
`;
}

function mesh(config: string): string {
    return `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: istio-system
chart: oci://example.org/istio/charts/istiod
values: { meshConfig: { ${config} } }
`;
}

const LOGS = "accessLogging: [{ providers: [{ name: envoy }] }]";
const TRACES = "tracing: [{ providers: [{ name: otel }], randomSamplingPercentage: 1 }]";
const UNLOGGED = "[nobody can tell afterwards who called, and what was answered]";
const UNTRACED =
    "! no traces are reported any more, for every workload [nobody can follow a request through the mesh]";
const SELECTED = "selector: { matchLabels: { app: payment } }";

const CASES: Readonly<Record<string, readonly [before: string, after: string, says: string[]]>> = {
    "access logs are switched off": [
        telemetry(LOGS),
        telemetry("accessLogging: [{ disabled: true }]"),
        [`! no access log is written any more, for every workload ${UNLOGGED}`],
    ],
    "the Telemetry is gone": [
        telemetry(LOGS),
        "",
        [`! no access log is written any more, for every workload ${UNLOGGED}`],
    ],
    "the mesh writes access logs anyway": [
        telemetry(LOGS) + "---" + mesh("accessLogFile: /dev/stdout"),
        mesh("accessLogFile: /dev/stdout"),
        [],
    ],
    "the mesh no longer writes access logs": [
        mesh("accessLogFile: /dev/stdout"),
        mesh('accessLogFile: ""'),
        [`! no access log is written any more, for every workload ${UNLOGGED}`],
    ],
    "one workload writes none": [
        telemetry(LOGS),
        `${telemetry(LOGS)}---${telemetry(`${SELECTED}, accessLogging: [{ disabled: true }]`, "shop")}`,
        [`! no access log is written any more, for payment ${UNLOGGED}`],
    ],
    "a filter takes only some of it": [
        telemetry(LOGS),
        telemetry(
            'accessLogging: [{ providers: [{ name: envoy }], filter: { expression: "response.code >= 500" } }]',
        ),
        [
            "! only what a filter takes is written to the access log now, for every workload [what it leaves out is recorded nowhere]",
        ],
    ],
    "it is written again": [
        telemetry("accessLogging: [{ disabled: true }]"),
        telemetry(LOGS),
        ["every request is written to the access log now, for every workload"],
    ],
    "traces are not reported": [
        telemetry(TRACES),
        telemetry("tracing: [{ providers: [{ name: otel }], disableSpanReporting: true }]"),
        [UNTRACED],
    ],
    "no request is sampled": [
        telemetry(TRACES),
        telemetry("tracing: [{ providers: [{ name: otel }], randomSamplingPercentage: 0 }]"),
        [UNTRACED],
    ],
    "fewer requests are sampled": [
        telemetry(TRACES.replace("Percentage: 1", "Percentage: 10")),
        telemetry(TRACES),
        [],
    ],
    "metrics are switched off": [
        telemetry("metrics: [{ providers: [{ name: prometheus }] }]"),
        telemetry(
            "metrics: [{ providers: [{ name: prometheus }], overrides: [{ match: { metric: REQUEST_COUNT }, disabled: true }] }]",
        ),
        [
            "! metrics (REQUEST_COUNT) are switched off, for every workload [no dashboard and no alarm sees what they told]",
        ],
    ],
    "the Telemetry has another name": [
        telemetry(LOGS),
        telemetry(LOGS, "istio-system", "other"),
        [],
    ],
    "the Telemetry stands in the namespace of some": [
        telemetry(LOGS),
        telemetry(LOGS, "shop"),
        [`! no access log is written any more, for istio-ingressgateway ${UNLOGGED}`],
    ],
};

describe("What is recorded of calls", () => {
    for (const [title, [before, after, says]] of Object.entries(CASES)) {
        it(`is told when ${title}`, () => {
            assertChanges(compareTelemetry, before, after, says);
        });
    }
});
