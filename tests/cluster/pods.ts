import assert from "node:assert/strict";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { identityOf } from "#model/authorization.ts";
import { STRANGER } from "#model/reserved-names.ts";
import { compare, WORKLOADS } from "./matrix.ts";
import type { Expectation } from "./matrix.ts";
import { context } from "./support.ts";

/** One probe pod a workload, and one in the mesh that is nobody's. */
export interface ProbePods {
    /** The pod with the identity of a workload. */
    as(workload: string): ProbePod;
    readonly stranger: ProbePod;
}

export async function startPods(session: ProbeSession): Promise<ProbePods> {
    const [stranger, ...pods] = await Promise.all([
        session.start({ namespace: context.namespace, name: STRANGER }),
        ...WORKLOADS.map((name) => session.startAs(identityOf(name, context))),
    ]);
    const byName = new Map(WORKLOADS.map((name, index) => [name, pods[index]]));
    return {
        stranger,
        as: (workload) => {
            const pod = byName.get(workload);
            assert.ok(pod, `no probe pod as ${workload}`);
            return pod;
        },
    };
}

/** Makes all the calls at once; each must end exactly as expected. */
export async function hold(from: ProbePod, expectations: readonly Expectation[]): Promise<void> {
    assert.ok(expectations.length > 0, "there is nothing to try");
    const results = await from.run(expectations.map(({ probe }) => probe));
    const { seen, expected } = compare(expectations, results);
    assert.deepEqual(seen, expected);
}
