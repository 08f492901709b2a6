import { randomInt } from "node:crypto";
import type { Check } from "#checks/check.ts";
import { checksOf, selectChecks } from "#checks/filter.ts";
import type { ProbePlan } from "#checks/probing.ts";
import { planProbes, SEEDS } from "#checks/probing.ts";
import type { ReportTarget } from "#checks/report.ts";
import type { Access } from "#live/target.ts";
import { findAccess, PROBE_IMAGE } from "#live/target.ts";
import { IMAGES } from "#local/versions.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { ownPlaces } from "../places.ts";
import type { VerifyCommandOptions } from "./options.ts";

/** What is judged, by which checks. */
export interface Subject {
    readonly access: Access;
    readonly mesh: DeclaredMesh;
    readonly target: ReportTarget;
    /** Every check of the mesh. */
    readonly all: readonly Check[];
    /** Those that are wanted. */
    readonly chosen: readonly Check[];
}

/** @throws EnvironmentError where there is no such cluster, stack or check */
export async function subjectOf(options: VerifyCommandOptions): Promise<Subject> {
    const access = await findAccess(await ownPlaces(), options.context);
    const { stack, mesh } = await declaredMesh(options, access.local);
    const all = await checksOf(mesh);
    const { context, server, local, fallback } = access;
    const { namespace, controlPlaneNamespace } = mesh.context;
    return {
        access,
        mesh,
        target: {
            context,
            server,
            local,
            fallback,
            stack,
            namespace,
            controlPlaneNamespace,
            probeImage: options.probeImage ?? (local ? IMAGES.probe : PROBE_IMAGE),
        },
        all,
        chosen: selectChecks(all, options),
    };
}

/** @param again ids of checks that no sample leaves out. Default: none */
export function planOf(
    chosen: readonly Check[],
    { probes = "sample", seed = randomInt(SEEDS) }: VerifyCommandOptions,
    again?: ReadonlySet<string>,
): ProbePlan {
    return planProbes(chosen, { mode: probes, seed, ...(again && { again }) });
}
