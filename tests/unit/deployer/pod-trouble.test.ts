import { deepStrictEqual } from "node:assert/strict";

import type { KubeObject } from "../../../local/deployer/embedded/kube-client.ts";
import { explainPod } from "../../../local/deployer/embedded/pod-trouble.ts";

describe("why a pod is not ready", () => {
    const pod = (status: Record<string, unknown>): KubeObject => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "x" },
        status,
    });
    const container = (state: Record<string, unknown>, more = {}): Record<string, unknown> => ({
        containerStatuses: [{ name: "c", state, ...more }],
    });
    const reasons: [string, KubeObject, string[]][] = [
        ["ready", pod({ conditions: [{ type: "Ready", status: "True" }] }), []],
        ["ended well", pod({ phase: "Succeeded" }), []],
        [
            "not scheduled",
            pod({ conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes" }] }),
            ["pod x is not scheduled: 0/1 nodes"],
        ],
        [
            "crashing",
            pod(
                container(
                    { waiting: { reason: "CrashLoopBackOff" } },
                    { lastState: { terminated: { exitCode: 137 } } },
                ),
            ),
            ["pod x: container c CrashLoopBackOff, last exit code 137"],
        ],
        [
            "ended badly",
            pod(container({ terminated: { exitCode: 2, message: "bad flag\n" } })),
            ["pod x: container c ended with code 2 (bad flag)"],
        ],
        [
            "starting",
            pod(container({ waiting: { reason: "ContainerCreating" } })),
            ["pod x has not started"],
        ],
    ];
    for (const [what, live, expected] of reasons) {
        it(what, () => {
            deepStrictEqual(explainPod(live), expected);
        });
    }
});
