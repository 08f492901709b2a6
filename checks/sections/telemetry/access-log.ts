import { randomUUID } from "node:crypto";
import { isInbound } from "#live/access-logs.ts";
import { questionOf } from "#live/requests.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { anythingTo, comesFrom } from "../../calls.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { STRANGER } from "../../probe-pods.ts";
import { askGateway } from "../edge/asking.ts";
import { deployedBacking } from "./workloads.ts";

/** Every proxy writes down who called it, with all that is declared of a line. */
export function accessLogChecks(mesh: DeclaredMesh): readonly Check[] {
    const { catalog, context } = mesh;
    return [
        checkOf(INGRESS_GATEWAY, async (live) => {
            const probe = randomUUID();
            await askGateway(live, {
                scheme: "http",
                host: `unknown.${context.domain}`,
                path: "/",
                probe,
            });
            return (line) => line.probe === probe;
        }),
        ...catalog.services.map((service) => checkOf(service.name, (live) => ask(live, service))),
        ...deployedBacking(mesh).map((service) =>
            checkOf(service.name, (live) => talk(live, service)),
        ),
    ];
}

type Matches = (line: AccessLogLine) => boolean;

/** @param request makes one, and tells its line from others */
function checkOf(workload: string, request: (live: LiveMesh) => Promise<Matches>): Check {
    return {
        id: `telemetry/access-log/${workload}`,
        title: `the proxy of ${workload} logs a request with all fields`,
        documentation: "https://istio.io/latest/docs/tasks/observability/logs/telemetry-api/",
        probes: "mesh",
        run: async (live) => logOutcome(workload, await live.logged(workload, await request(live))),
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

/** Refused or not, the request is logged. */
async function ask(live: LiveMesh, { name, port, routes }: ServiceIntent): Promise<Matches> {
    const probe = randomUUID();
    const { context } = live.mesh;
    await live.ask(STRANGER, questionOf(name, port, "GET", routes[0].prefix, context, probe));
    return (line) => line.probe === probe && isInbound(line);
}

async function talk(live: LiveMesh, service: BackingServiceIntent): Promise<Matches> {
    const question = anythingTo(service, live.mesh.context);
    const { from } = await live.ask(STRANGER, question);
    return (line) => comesFrom(line, from);
}
