import { arrived, describeResult, maySend, notRouted, refusedByMesh } from "#live/requests.ts";
import type { HttpPermission } from "#model/intents.ts";
import { permits } from "#model/requests.ts";
import { metricsPath } from "#model/routing.ts";
import type { Answer } from "../../calls.ts";
import { lineOf, listed, makeAll, notSent } from "../../calls.ts";
import type { Check, Section } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import type { HttpEdge, HttpRequest } from "../../matrix.ts";
import { allowedRequests, edgeName, harmless, httpEdges } from "../../matrix.ts";
import { decodedOnce, pathTricks, withoutQuery } from "../../path-tricks.ts";
import { control } from "./control.ts";

/** However a path is written, what is not refused arrives as a declared path. */
export const trickChecks: Section = (mesh) => httpEdges(mesh).map(tricks);

function tricks(edge: HttpEdge): Check {
    const { caller, callee, service } = edge;
    const { sent, leftOut } = harmless(tricksOf(edge), service);
    return {
        id: `authorization/tricks/${edgeName(edge)}`,
        title: `no way ${caller} writes a path leads to anything but what it may ask ${callee}`,
        documentation:
            "https://istio.io/latest/docs/ops/best-practices/security/#understand-path-normalization",
        probes: { caller, callee, declared: true },
        run: async (live) => {
            if (sent.length === 0) {
                return skipped(`${callee} does not honour the probe header${notSent(leftOut)}`);
            }
            const [inconclusive, answers] = await Promise.all([
                control(live, service, caller),
                makeAll(live, sent, { caller, service }),
            ]);
            if (inconclusive !== undefined) {
                return inconclusive;
            }
            const found = await Promise.all(answers.map((answer) => finding(live, edge, answer)));
            const wrong = found.filter((reason) => reason !== undefined);
            const taken = answers.filter(({ result }) => arrived(result)).length;
            return wrong.length > 0
                ? failed(
                      "each trick is refused, or arrives as a declared path",
                      listed(wrong),
                      `State the paths of ${caller} to ${callee} exactly, and set meshConfig.pathNormalization to DECODE_AND_MERGE_SLASHES.`,
                  )
                : passed(
                      `${answers.length - taken} tricks refused, ${taken} arrived as declared paths${notSent(leftOut)}`,
                  );
        },
    };
}

/** One method a path is enough: tricks are about paths. */
function tricksOf({ service, permissions }: HttpEdge): HttpRequest[] {
    const targets = [metricsPath(service), service.healthPath];
    const byPath = new Map<string, HttpRequest>();
    for (const request of allowedRequests(permissions)) {
        const known = byPath.get(request.path);
        if (known === undefined || !maySend(known.method, service)) {
            byPath.set(request.path, request);
        }
    }
    return [...byPath.values()].flatMap(({ method, path }) =>
        pathTricks(path, targets).map((trick) => ({ method, path: trick })),
    );
}

/** What is wrong about an answer; `undefined` where nothing is. */
async function finding(
    live: LiveMesh,
    { caller, service, permissions }: HttpEdge,
    answer: Answer,
): Promise<string | undefined> {
    const { what, method, path, result } = answer;
    if (refusedByMesh(result) || notRouted(result) || isMalformed(answer)) {
        return undefined;
    }
    if (!arrived(result)) {
        return `${what}: ${describeResult(result)}`;
    }
    const line = await lineOf(live, { caller, service, method, path });
    if (typeof line?.path !== "string") {
        return `${what}: ${describeResult(result)}, and no access log tells as which path`;
    }
    return leadsAstray(permissions, { method, path: line.path })
        ? `${what} arrived as ${line.path}`
        : undefined;
}

/** Whether a path that arrived is none that the permissions allow, as it stands or as who decodes it takes it. */
export function leadsAstray(
    permissions: readonly HttpPermission[],
    { method, path }: HttpRequest,
): boolean {
    const reached = withoutQuery(path);
    return [reached, decodedOnce(reached)].some(
        (meant) => !permits(permissions, { method, path: meant }),
    );
}

/** The caller's proxy takes no request whose path it cannot read. */
function isMalformed({ result }: Answer): boolean {
    return result.status === 400 && !arrived(result);
}
