import { randomUUID } from "node:crypto";
import { isInbound } from "#live/access-logs.ts";
import { questionOf } from "#live/requests.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { STRANGER } from "#model/reserved-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { anythingTo, comesFrom } from "../../calls.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { askGateway } from "../edge/asking.ts";
import { deployedBacking } from "./workloads.ts";

type Matches = (line: AccessLogLine) => boolean;

/** A request to a workload, refused or not, that its proxy reports. */
export interface ReportedRequest {
    readonly workload: string;
    /** Makes it, and tells its line in the access log from others. */
    readonly make: (live: LiveMesh) => Promise<Matches>;
}

/** One for each workload that has a proxy. */
export function reportedRequests(mesh: DeclaredMesh): readonly ReportedRequest[] {
    const { catalog, context } = mesh;
    return [
        {
            workload: INGRESS_GATEWAY,
            make: async (live) => {
                const probe = randomUUID();
                await askGateway(live, {
                    scheme: "http",
                    host: `unknown.${context.domain}`,
                    path: "/",
                    probe,
                });
                return (line) => line.probe === probe;
            },
        },
        ...catalog.services.map((service) => ({
            workload: service.name,
            make: (live: LiveMesh) => ask(live, service),
        })),
        ...deployedBacking(mesh).map((service) => ({
            workload: service.name,
            make: (live: LiveMesh) => talk(live, service),
        })),
    ];
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
