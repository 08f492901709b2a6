import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { reportedRequests } from "./requests.ts";
import type { ReportedRequest } from "./requests.ts";

/** Every proxy writes down who called it, with all that is declared of a line. */
export function accessLogChecks(mesh: DeclaredMesh): readonly Check[] {
    return reportedRequests(mesh).map(checkOf);
}

function checkOf({ workload, make }: ReportedRequest): Check {
    return {
        id: `telemetry/access-log/${workload}`,
        title: `the proxy of ${workload} logs a request with all fields`,
        documentation: "https://istio.io/latest/docs/tasks/observability/logs/telemetry-api/",
        probes: "mesh",
        run: async (live) => logOutcome(workload, await live.logged(workload, await make(live))),
    };
}

function logOutcome(workload: string, line: AccessLogLine | undefined): Outcome {
    const expected = "a line about the request in JSON, with every declared field";
    const missing =
        line === undefined
            ? []
            : Object.keys(ACCESS_LOG_FIELDS).filter((field) => !(field in line));
    if (line !== undefined && missing.length === 0) {
        return passed(`a line with ${Object.keys(line).length} fields`);
    }
    return failed(
        expected,
        line === undefined ? "no line" : `a line without ${missing.join(", ")}`,
        `Look at accessLogging of the Telemetry that applies to ${workload}, and at the provider's logFormat in the mesh configuration.`,
    );
}
