import { isInbound } from "#live/access-logs.ts";
import { arrived, describeResult } from "#live/requests.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import { spiffeIdOf } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { comesFrom, lineOf, make, talk, unknownScheme } from "../../calls.ts";
import type { Check, Outcome, Section } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import type { HttpEdge, TcpEdge } from "../../matrix.ts";
import { allowedRequests, edgeName, harmless, httpEdges, tcpEdges } from "../../matrix.ts";

const DOCUMENTATION = "https://istio.io/latest/docs/concepts/security/#istio-identity";

/** What a declared caller asks arrives, and the callee's proxy knows from whom. */
export const callerChecks: Section = (mesh) => [
    ...httpEdges(mesh).map((edge) => check(edge, (live) => byRequest(live, edge))),
    ...tcpEdges(mesh).map((edge) => check(edge, (live) => byConversation(live, edge))),
];

function check(edge: Edge, run: Check["run"]): Check {
    return {
        id: `identity/caller/${edgeName(edge)}`,
        title: `${edge.callee} knows ${edge.caller} by its certificate`,
        documentation: DOCUMENTATION,
        probes: { caller: edge.caller, callee: edge.callee, declared: true },
        run,
    };
}

async function byRequest(live: LiveMesh, edge: HttpEdge): Promise<Outcome> {
    const { caller, callee, service, permissions } = edge;
    const [request] = harmless(allowedRequests(permissions), service).sent;
    if (request === undefined) {
        return skipped(`${callee} does not honour the probe header, and ${caller} may only change`);
    }
    const call = { ...request, caller, service };
    const { what, result } = await make(live, call);
    return arrived(result)
        ? knownAs(live, edge, await lineOf(live, call))
        : notAnswered(edge, `${what}: ${describeResult(result)}`);
}

/** A connection carries no header, but it comes from the probe pod's address. */
async function byConversation(live: LiveMesh, edge: TcpEdge): Promise<Outcome> {
    const { caller, callee, service } = edge;
    const result = await talk(live, caller, service);
    if (result === undefined) {
        return skipped(unknownScheme(service));
    }
    if (result.matched !== true) {
        return notAnswered(edge, describeResult(result));
    }
    const line = await live.logged(
        callee,
        (candidate) => isInbound(candidate) && comesFrom(candidate, result.from),
    );
    return knownAs(live, edge, line);
}

function notAnswered({ caller, callee }: Edge, seen: string): Outcome {
    return failed(
        `what ${caller} may ask arrives at ${callee}`,
        seen,
        `See authorization/allowed/${caller}:${callee}, and whether ${callee} is ready.`,
    );
}

function knownAs(
    live: LiveMesh,
    { callee, identity }: Edge,
    line: AccessLogLine | undefined,
): Outcome {
    const expected = spiffeIdOf(identity, live.mesh.context);
    if (line === undefined) {
        return failed(
            `the proxy of ${callee} logs the caller ${expected}`,
            "its access log has no line of the probe",
            "Check that a Telemetry resource switches the access log on for the namespace and that its format is the declared one.",
        );
    }
    const seen = String(line.downstream_peer_uri_san ?? "no certificate");
    return seen === expected
        ? passed(seen)
        : failed(
              `the proxy of ${callee} logs the caller ${expected}`,
              seen,
              "Set mutual TLS to STRICT, and check that trust domain and ServiceAccount are the declared ones.",
          );
}
