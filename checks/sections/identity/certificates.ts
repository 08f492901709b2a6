import { identityOf, spiffeIdOf } from "#model/authorization.ts";
import { workloadsOf } from "#model/catalog.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { problemOf, remainingDays, splitPem } from "../../certificates.ts";
import type { Check, Section } from "../../check.ts";
import { failed, passed } from "../../check.ts";

/** Names under which a proxy holds its own certificate and what it trusts. */
const OWN = "default";
const ROOTS = "ROOTCA";

/** Everybody's own certificate is right, trusted and not about to end. */
export const certificateChecks: Section = (mesh) =>
    [...workloadsOf(mesh.catalog).map(({ name }) => name), INGRESS_GATEWAY].map((workload) =>
        certificate(workload, mesh),
    );

function certificate(workload: string, { context }: DeclaredMesh): Check {
    const expected = spiffeIdOf(identityOf(workload, context), context);
    return {
        id: `identity/certificates/${workload}`,
        title: `${workload} holds a certificate of its own that lasts`,
        documentation:
            "https://istio.io/latest/docs/concepts/security/#identity-and-certificate-management",
        run: async (live) => {
            const proxy = await live.proxy(workload);
            const held = (wanted: string): string[] =>
                splitPem(proxy.secrets.find(({ name }) => name === wanted)?.certificate ?? "");
            const [chain, roots] = [held(OWN), held(ROOTS)];
            const problem = problemOf({ chain, roots, identity: expected, now: Date.now() });
            return problem === undefined
                ? passed(
                      `${expected}, ends in ${remainingDays(chain, Date.now())} days, its root in ${remainingDays(roots, Date.now())}`,
                  )
                : failed(
                      `the proxy ${proxy.pod} holds a certificate for ${expected} that its root CA signed and that is renewed in time`,
                      problem,
                      "Read the log of istiod and of the proxy for refused certificate requests, and restart the workload once they are mended.",
                  );
        },
    };
}
