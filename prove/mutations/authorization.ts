import { edgeName, httpEdges } from "#checks/matrix.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { withMeshConfig, without } from "../changes.ts";
import type { Mutation } from "../mutation.ts";
import { closedMutations } from "./closed.ts";
import { denyAll } from "./policies.ts";
import { subjectsOf } from "./subjects.ts";
import { widenedMutations } from "./widened.ts";

/** Who may ask whom for what. */
export function authorizationMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    const below = httpEdges(mesh).filter(({ permissions }) =>
        permissions.some(({ paths }) => paths.some((path) => path.endsWith("/*"))),
    );
    return [
        {
            name: "deny-all is gone",
            weakens: "a workload that no policy names is closed",
            breaks: ["authorization/default"],
            changes: [without(denyAll(mesh))],
        },
        ...edges.flatMap((edge) => widenedMutations(edge, mesh)),
        ...closedMutations(mesh),
        ...(below.length === 0
            ? []
            : [
                  {
                      name: "paths are not normalized",
                      weakens: "a path means the same to a policy and to who serves it",
                      breaks: below.map((edge) => `authorization/tricks/${edgeName(edge)}`),
                      mayBreak: ["edge/metrics/*"],
                      changes: [
                          withMeshConfig(mesh.context, {
                              pathNormalization: { normalization: "NONE" },
                          }),
                      ],
                  },
              ]),
    ];
}
