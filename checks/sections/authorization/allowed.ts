import { arrived } from "#live/requests.ts";
import { judge, makeAll, notSent } from "../../calls.ts";
import { allowedRequests, edgeName, harmless, httpEdges } from "../../matrix.ts";
import type { HttpEdge } from "../../matrix.ts";
import type { Check, Section } from "../../types.ts";
import { skipped } from "../../types.ts";

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
        run: async (world) => {
            if (sent.length === 0) {
                return skipped(`${callee} does not honour the probe header${notSent(leftOut)}`);
            }
            return judge(await makeAll(world, sent, { caller, service }), {
                expected: "every declared request arrives at the service",
                holds: ({ result }) => arrived(result),
                hint: `Compare the AuthorizationPolicies that select app=${callee} with what ${callee} declares for ${caller}.`,
                leftOut,
            });
        },
    };
}
