import type { HttpEdge } from "#checks/matrix.ts";
import { edgeName, httpEdges, pairs } from "#checks/matrix.ts";
import { identityOf, principalOf } from "#model/authorization.ts";
import type { HttpPermission } from "#model/intents.ts";
import { METHODS } from "#model/requests.ts";
import { STRANGER } from "#model/reserved-names.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { added, without } from "../changes.ts";
import type { Mutation } from "../mutation.ts";
import { allowing, denyAll, lettingIn, policyOf } from "./policies.ts";

/** Policies that allow more than an edge declares. */
export function widenedMutations(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { callee } = edge;
    const name = edgeName(edge);
    const undeclared = `authorization/undeclared/*:${callee}`;
    const beside = ["methods", "paths", "tricks"].map((what) => `authorization/${what}/${name}`);
    return [
        {
            name: `${name} may use another method as well`,
            weakens: "methods that are not declared are refused",
            breaks: [`authorization/methods/${name}`],
            changes: [allowing(edge, { permissions: edge.permissions.map(anyMethod) }, mesh)],
        },
        {
            name: `${name} may ask for all that its paths begin as well`,
            weakens: "paths that are not declared are refused",
            breaks: [`authorization/paths/${name}`, `authorization/tricks/${name}`],
            changes: [allowing(edge, { permissions: edge.permissions.map(anyLonger) }, mesh)],
        },
        {
            name: `everybody with a certificate may do what ${name} may`,
            weakens: "callers that are not declared are refused",
            breaks: [undeclared],
            changes: [lettingIn(edge, ["*"], mesh)],
        },
        ...oneMoreCaller(edge, mesh),
        {
            name: `a policy beside the others lets everything in to ${callee}`,
            weakens: "an ALLOW states callers, methods and paths",
            breaks: [undeclared, ...beside],
            mayBreak: [`authorization/*:${callee}`],
            changes: [
                added(
                    "AuthorizationPolicy",
                    { selector: { matchLabels: { app: callee } }, action: "ALLOW", rules: [{}] },
                    mesh.context,
                ),
            ],
        },
        ...headLetIn(edge, mesh),
        {
            name: `${callee} has no policy, and the namespace has no deny-all`,
            weakens: "what no policy allows is denied",
            breaks: [undeclared, ...beside, "authorization/default"],
            mayBreak: [`authorization/*:${callee}`],
            changes: [
                without(denyAll(mesh)),
                ...httpEdges(mesh)
                    .filter((other) => other.callee === callee)
                    .map((other) => without(policyOf(other, mesh))),
            ],
        },
    ];
}

/** Servers answer HEAD as they answer GET: a rule by methods that names GET alone says less than it seems to. */
function headLetIn(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { callee, permissions } = edge;
    const name = edgeName(edge);
    return permissions.some(({ methods }) => methods.includes("HEAD"))
        ? []
        : [
              {
                  name: `a policy beside the others lets HEAD in to ${callee}`,
                  weakens: "what is refused to GET is refused to HEAD",
                  breaks: [
                      `authorization/undeclared/*:${callee}`,
                      `authorization/methods/${name}`,
                      `authorization/paths/${name}`,
                  ],
                  mayBreak: [`authorization/*:${callee}`],
                  changes: [
                      added(
                          "AuthorizationPolicy",
                          {
                              selector: { matchLabels: { app: callee } },
                              action: "ALLOW",
                              rules: [{ to: [{ operation: { methods: ["HEAD"] } }] }],
                          },
                          mesh.context,
                      ),
                  ],
              },
          ];
}

function oneMoreCaller(edge: HttpEdge, mesh: DeclaredMesh): readonly Mutation[] {
    const { caller, callee } = edge;
    const another = pairs(mesh.catalog).find(
        (pair) =>
            pair.callee.name === callee &&
            !pair.declared &&
            pair.caller !== callee &&
            // Its ServiceAccount is nobody's, and not named after it.
            pair.caller !== STRANGER,
    )?.caller;
    return another === undefined
        ? []
        : [
              {
                  name: `${another} may do what ${edgeName(edge)} may`,
                  weakens: "each single caller that is not declared is refused",
                  breaks: [`authorization/undeclared/${another}:${callee}`],
                  changes: [
                      lettingIn(
                          edge,
                          [caller, another].map((each) =>
                              principalOf(identityOf(each, mesh.context), mesh.context),
                          ),
                          mesh,
                      ),
                  ],
              },
          ];
}

function anyMethod({ methods, paths }: HttpPermission): HttpPermission {
    const another = METHODS.filter((method) => !methods.includes(method)).slice(0, 1);
    return { methods: [...methods, ...another], paths };
}

function anyLonger({ methods, paths: [first, ...others] }: HttpPermission): HttpPermission {
    return {
        methods,
        paths: [first, ...others, ...[first, ...others].map((path): `/${string}` => `${path}*`)],
    };
}
