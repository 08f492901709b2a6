import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { added } from "../changes.ts";
import type { Mutation } from "../mutation.ts";
import { subjectsOf } from "./subjects.ts";

/** That every proxy does what it is told. */
export function configMutations(mesh: DeclaredMesh): readonly Mutation[] {
    const { edges } = subjectsOf(mesh);
    return edges.flatMap((edge) => [
        {
            name: `a proxy of ${edge.callee} is told what it refuses`,
            weakens: "every proxy takes its configuration",
            breaks: ["config/rejected"],
            mayBreak: ["config/synced"],
            changes: [
                added(
                    "EnvoyFilter",
                    {
                        workloadSelector: { labels: { app: edge.callee } },
                        configPatches: [
                            {
                                applyTo: "CLUSTER",
                                match: { context: "SIDECAR_INBOUND" },
                                // Envoy wants more than nothing.
                                patch: {
                                    operation: "MERGE",
                                    value: { connect_timeout: "0s" },
                                },
                            },
                        ],
                    },
                    mesh.context,
                ),
            ],
        },
    ]);
}
