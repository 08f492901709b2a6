import { edgeName, tcpEdges } from "#checks/matrix.ts";
import { allowPolicySpec } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { without, withSpec } from "../changes.ts";
import type { Change, Mutation } from "../mutation.ts";
import { lettingIn, policyOf } from "./policies.ts";
import { subjectsOf } from "./subjects.ts";

/** Policies that allow less than is declared: a mesh that refuses everybody is safe, and of no use. */
export function closedMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges, gatewayEdges } = subjectsOf(mesh);
    const backings = tcpEdges(mesh).slice(0, 1);
    return [
        ...edges.flatMap((edge) => [
            {
                ...closed(edge),
                name: `the policy of ${edgeName(edge)} is gone`,
                changes: [without(policyOf(edge, mesh))],
            },
        ]),
        ...gatewayEdges.flatMap((fromGateway) => [
            {
                ...closed(fromGateway),
                name: `the policy of ${edgeName(fromGateway)} names another trust domain`,
                breaks: [...closed(fromGateway).breaks, "edge/http", "edge/https"],
                mayBreak: [...(closed(fromGateway).mayBreak ?? []), "edge/*"],
                changes: [inAnotherTrustDomain(fromGateway, mesh)],
            },
        ]),
        ...backings.flatMap((backing) => [
            {
                name: `everybody with a certificate may connect to ${backing.callee}`,
                weakens: `callers of ${backing.callee} that are not declared are refused`,
                breaks: [`authorization/undeclared/*:${backing.callee}`],
                changes: [lettingIn(backing, ["*"], mesh)],
            },
            {
                name: `the policy of ${edgeName(backing)} is gone`,
                weakens: `${edgeName(backing)} works`,
                breaks: [`identity/caller/${edgeName(backing)}`],
                mayBreak: [`authorization/*:${backing.callee}`],
                changes: [without(policyOf(backing, mesh))],
            },
        ]),
    ];
}

/** What cannot be shown while nobody reaches the callee. */
function closed(edge: Edge): Pick<Mutation, "weakens" | "breaks"> & Partial<Mutation> {
    return {
        weakens: `${edgeName(edge)} works as declared`,
        breaks: [`authorization/allowed/${edgeName(edge)}`, `identity/caller/${edgeName(edge)}`],
        mayBreak: [
            `authorization/*:${edge.callee}`,
            "telemetry/trace",
            `telemetry/access-log/${edge.callee}`,
        ],
    };
}

function inAnotherTrustDomain(edge: Edge, mesh: DeclaredMesh): Change {
    return withSpec(
        policyOf(edge, mesh),
        allowPolicySpec(edge, { ...mesh.context, trustDomain: `not.${mesh.context.trustDomain}` }),
    );
}
