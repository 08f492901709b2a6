import { arrived } from "#live/requests.ts";
import { judgeAnswers, makeAll, notSent } from "../../calls.ts";
import type { Check, Section } from "../../check.ts";
import { skipped } from "../../check.ts";
import { allowedRequests, edgeName, harmless, httpEdges } from "../../matrix.ts";
import type { HttpEdge } from "../../matrix.ts";

/** Every declared method on every declared path arrives. */
export const allowedChecks: Section = (mesh) => httpEdges(mesh).map(allowed);

function allowed(edge: HttpEdge): Check {
    const { caller, callee, service, permissions } = edge;
    const { sent, leftOut } = harmless(allowedRequests(permissions), service);
    return {
        id: `authorization/allowed/${edgeName(edge)}`,
        title: `${caller} may make every declared request to ${callee}`,
        documentation:
            "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
        probes: { caller, callee, declared: true },
        run: async (live) => {
            if (sent.length === 0) {
                return skipped(`${callee} does not honour the probe header${notSent(leftOut)}`);
            }
            return judgeAnswers(await makeAll(live, sent, { caller, service }), {
                expected: "every declared request arrives at the service",
                holds: ({ result }) => arrived(result),
                hint: `Compare the AuthorizationPolicies that select app=${callee} with what ${callee} declares for ${caller}.`,
                leftOut,
            });
        },
    };
}
