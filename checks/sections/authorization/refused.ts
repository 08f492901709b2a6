import { notRouted, refusedByMesh } from "#live/requests.ts";
import { routeOf } from "#model/requests.ts";
import type { Answer } from "../../calls.ts";
import { judgeAnswers, makeAll, notSent } from "../../calls.ts";
import type { Check, Section } from "../../check.ts";
import { skipped } from "../../check.ts";
import type { HttpEdge, HttpRequest } from "../../matrix.ts";
import { edgeName, harmless, httpEdges, otherMethods, otherPaths } from "../../matrix.ts";
import { control } from "./control.ts";

/** What lies beside the declared requests of an edge, by method and by path, is refused. */
export const refusedChecks: Section = (mesh) => [
    ...httpEdges(mesh).map((edge) =>
        refused(edge, {
            id: `authorization/methods/${edgeName(edge)}`,
            title: `${edge.caller} may use no other method on ${edge.callee}'s declared paths`,
            requests: otherMethods(edge.permissions),
        }),
    ),
    ...httpEdges(mesh).map((edge) =>
        refused(edge, {
            id: `authorization/paths/${edgeName(edge)}`,
            title: `${edge.caller} may ask ${edge.callee} for no other path`,
            requests: otherPaths(edge),
        }),
    ),
];

interface Beside extends Pick<Check, "id" | "title"> {
    readonly requests: readonly HttpRequest[];
}

function refused(edge: HttpEdge, { id, title, requests }: Beside): Check {
    const { caller, callee, service } = edge;
    const { sent, leftOut } = harmless(requests, service);
    return {
        id,
        title,
        documentation:
            "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation",
        probes: { caller, callee, declared: true },
        run: async (live) => {
            if (sent.length === 0) {
                return skipped(`there is nothing that may be tried${notSent(leftOut)}`);
            }
            const [inconclusive, answers] = await Promise.all([
                control(live, service, caller),
                makeAll(live, sent, { caller, service }),
            ]);
            if (inconclusive !== undefined) {
                return inconclusive;
            }
            return judgeAnswers(answers, {
                expected:
                    "403 from the mesh, or 404 from the caller's proxy where no route is declared",
                holds: (answer) => isRefused(edge, answer),
                hint: `Look for an AuthorizationPolicy that selects app=${callee} and allows more than is declared for ${caller}.`,
                leftOut,
            });
        },
    };
}

/** What no route covers does not leave the caller; everything else is the callee's to refuse. */
function isRefused({ service }: HttpEdge, { path, result }: Answer): boolean {
    return refusedByMesh(result) || (notRouted(result) && routeOf(service, path) === undefined);
}
