import type { Check } from "../../check.ts";
import { closedMesh, IDENTITIES } from "../../closed/closed-mesh.ts";
import { outcomeOf } from "../../closed/finding.ts";

const WORDS: Readonly<Record<(typeof IDENTITIES)[number], Pick<Check, "title" | "documentation">>> =
    {
        pods: {
            title: "only its own workload runs as a declared identity or is called in its name",
            documentation: "https://istio.io/latest/docs/concepts/security/#istio-identity",
        },
        workloads: {
            title: "every declared workload runs what it is declared to, as who it is declared to be",
            documentation: "https://istio.io/latest/docs/concepts/security/#istio-identity",
        },
        grants: {
            title: "nobody without need can act as a workload",
            documentation: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
        },
    };

/** Whoever runs as a declared identity is who it says. */
export function identityChecks(): Check[] {
    return IDENTITIES.map((side): Check => {
        const { title, documentation } = WORDS[side];
        return {
            id: `closed/identities/${side}`,
            title,
            documentation,
            run: async (live) => outcomeOf(title, (await closedMesh(live))[side]),
        };
    });
}
