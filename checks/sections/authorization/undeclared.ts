import { describeResult, refusedByMesh } from "#live/requests.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import { judgeAnswers, makeAll, talk, unknownScheme } from "../../calls.ts";
import type { Check, Outcome, Section } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { edgeName, guardedRequests, harmless, pairs } from "../../matrix.ts";
import { control } from "./control.ts";

/** Who is declared nowhere as a caller is refused what declared callers are given. */
export const undeclaredChecks: Section = ({ catalog }) =>
    pairs(catalog)
        .filter(({ declared }) => !declared)
        .map(({ caller, callee, declared }): Check => ({
            id: `authorization/undeclared/${edgeName({ caller, callee: callee.name })}`,
            title: `${caller} is not let in to ${callee.name}`,
            documentation:
                callee.protocol === "http"
                    ? "https://istio.io/latest/docs/tasks/security/authorization/authz-http/"
                    : "https://istio.io/latest/docs/tasks/security/authorization/authz-tcp/",
            probes: { caller, callee: callee.name, declared },
            run: (live) =>
                callee.protocol === "http"
                    ? refusesRequests(live, caller, callee)
                    : refusesConnections(live, caller, callee),
        }));

function hintFor(caller: string, callee: string): string {
    return `Look for an AuthorizationPolicy that selects app=${callee} and lets ${caller} or everybody in.`;
}

async function refusesRequests(
    live: LiveMesh,
    caller: string,
    service: ServiceIntent,
): Promise<Outcome> {
    const { sent, leftOut } = harmless(guardedRequests(service), service);
    const [inconclusive, answers] = await Promise.all([
        control(live, service),
        makeAll(live, sent, { caller, service }),
    ]);
    return (
        inconclusive ??
        judgeAnswers(answers, {
            expected:
                "403 from the mesh for all that declared callers may ask, and for GET, HEAD and OPTIONS on the same paths",
            holds: ({ result }) => refusedByMesh(result),
            hint: hintFor(caller, service.name),
            leftOut,
        })
    );
}

/** A refused client of a server that speaks first may see its greeting, and then the connection ends. */
async function refusesConnections(
    live: LiveMesh,
    caller: string,
    service: BackingServiceIntent,
): Promise<Outcome> {
    const { name } = service;
    const declared = live.mesh.catalog.services.find(({ backing }) => backing.includes(name));
    if (declared === undefined) {
        return skipped(`nobody may call ${name}, so nothing can show that it is there to refuse`);
    }
    const [allowed, refused] = await Promise.all([
        talk(live, declared.name, service),
        talk(live, caller, service),
    ]);
    if (allowed === undefined || refused === undefined) {
        return skipped(unknownScheme(service));
    }
    if (allowed.matched !== true) {
        return failed(
            `control: the declared caller ${declared.name} is answered by ${name}`,
            `control: ${describeResult(allowed)}`,
            `Mend ${declared.name} to ${name} first: while nobody reaches it, a refusal proves nothing.`,
        );
    }
    return refused.matched !== true &&
        (refused.error === "CLOSED" || refused.error === "ECONNRESET")
        ? passed(`the connection is ended without an answer (${refused.error})`)
        : failed(
              `${name} ends the connection without an answer`,
              describeResult(refused),
              hintFor(caller, name),
          );
}
