import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";

import { awaitReady } from "../../../local/deployer/embedded/await.ts";
import type { KubeObject } from "../../../local/deployer/embedded/kube-client.ts";
import { conditionCheck, READINESS } from "../../../local/deployer/embedded/readiness.ts";
import { FakeCluster } from "./fake-cluster.ts";

function object(apiVersion: string, kind: string, rest: Record<string, unknown>): KubeObject {
    const { metadata, ...others } = rest;
    const more = (metadata ?? {}) as Record<string, unknown>;
    return { apiVersion, kind, metadata: { name: "x", namespace: "a4co", ...more }, ...others };
}

const deployment = (status: Record<string, unknown>, replicas = 2): KubeObject =>
    object("apps/v1", "Deployment", { metadata: { generation: 2 }, spec: { replicas }, status });
const job = (type: string): KubeObject =>
    object("batch/v1", "Job", { status: { conditions: [{ type, status: "True", message: "m" }] } });
const service = (spec: Record<string, unknown>, status: Record<string, unknown> = {}): KubeObject =>
    object("v1", "Service", { spec, status });

const rolledOut = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

const cases: [string, string, KubeObject, "ready" | RegExp][] = [
    ["a rolled-out Deployment", "apps/Deployment", deployment(rolledOut), "ready"],
    [
        "a Deployment of no replicas",
        "apps/Deployment",
        deployment({ observedGeneration: 2 }, 0),
        "ready",
    ],
    [
        "a Deployment whose controller has not seen the change",
        "apps/Deployment",
        deployment({ ...rolledOut, observedGeneration: 1 }),
        /2 of 2 replicas are available/,
    ],
    [
        "a Deployment with old pods left",
        "apps/Deployment",
        deployment({ ...rolledOut, replicas: 3 }),
        /2 of 2 replicas are available/,
    ],
    [
        "a Deployment with too few available",
        "apps/Deployment",
        deployment({ ...rolledOut, availableReplicas: 1 }),
        /^1 of 2 replicas are available, 2 are up to date$/,
    ],
    [
        "a DaemonSet",
        "apps/DaemonSet",
        object("apps/v1", "DaemonSet", {
            status: { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberReady: 1 },
        }),
        "ready",
    ],
    [
        "a DaemonSet with a pod that is not ready",
        "apps/DaemonSet",
        object("apps/v1", "DaemonSet", { status: { desiredNumberScheduled: 2, numberReady: 1 } }),
        /^1 of 2 pods are ready$/,
    ],
    [
        "a StatefulSet in the middle of an update",
        "apps/StatefulSet",
        object("apps/v1", "StatefulSet", {
            status: { readyReplicas: 1, currentRevision: "a", updateRevision: "b" },
        }),
        /^1 of 1 replicas are ready$/,
    ],
    ["a completed Job", "batch/Job", job("Complete"), "ready"],
    ["a Job under way", "batch/Job", job("Suspended"), /has not completed/],
    ["a Service without selector", "Service", service({}), "ready"],
    [
        "a headless Service",
        "Service",
        service({ clusterIP: "None", selector: { app: "x" } }),
        "ready",
    ],
    [
        "an ExternalName",
        "Service",
        service({ type: "ExternalName", selector: { app: "x" } }),
        "ready",
    ],
    [
        "a Service that selects nothing",
        "Service",
        service({ selector: { app: "x" } }),
        /selects no pod/,
    ],
    [
        "a load balancer without address",
        "Service",
        service({ type: "LoadBalancer" }),
        /has no address/,
    ],
    [
        "a load balancer with address",
        "Service",
        service({ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } }),
        "ready",
    ],
    [
        "an active namespace",
        "Namespace",
        object("v1", "Namespace", { status: { phase: "Active" } }),
        "ready",
    ],
    [
        "a namespace being removed",
        "Namespace",
        object("v1", "Namespace", { status: { phase: "Terminating" } }),
        /phase is Terminating/,
    ],
    [
        "an established definition",
        "apiextensions.k8s.io/CustomResourceDefinition",
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
            status: { conditions: [{ type: "Established", status: "True" }] },
        }),
        "ready",
    ],
];

describe("readiness", () => {
    for (const [what, key, live, expected] of cases) {
        it(`${what}: ${expected === "ready" ? "ready" : "not yet"}`, async () => {
            const check = READINESS[key];
            ok(check);
            const state = await check(new FakeCluster().client, live);
            if (expected === "ready") deepStrictEqual(state, { is: "ready" });
            else match(state.is === "waiting" ? state.why : state.is, expected);
        });
    }

    it("gives up at once on a Deployment past its deadline and on a failed Job", async () => {
        const conditions = [
            {
                type: "Progressing",
                reason: "ProgressDeadlineExceeded",
                message: "has timed out progressing",
            },
        ];
        const late = deployment({ observedGeneration: 2, conditions });
        const options = {
            signal: new AbortController().signal,
            timeoutMs: 60_000,
            report: () => undefined,
        };
        const { client } = new FakeCluster();
        await rejects(awaitReady(client, late, options), {
            message: "it failed: has timed out progressing",
        });
        await rejects(awaitReady(client, job("Failed"), options), { message: "it failed: m" });
    });

    it("is seen in the endpoints of a Service", async () => {
        const cluster = new FakeCluster();
        const slice = (ready: boolean): void => {
            cluster.put("/apis/discovery.k8s.io/v1/namespaces/a4co/endpointslices/x-1", {
                metadata: { name: "x-1", labels: { "kubernetes.io/service-name": "x" } },
                endpoints: [{ conditions: { ready } }],
            });
        };
        const check = async (): Promise<string> =>
            (await READINESS["Service"]?.(cluster.client, service({ selector: { app: "x" } })))
                ?.is ?? "";
        slice(false);
        strictEqual(await check(), "waiting");
        slice(true);
        strictEqual(await check(), "ready");
    });

    it("is not waited for where an annotation says so, and waited for by condition where one asks", async () => {
        const annotated = (annotations: Record<string, string>): KubeObject =>
            object("apps/v1", "Deployment", { metadata: { annotations } });
        const options = {
            signal: new AbortController().signal,
            timeoutMs: 0,
            report: () => undefined,
        };
        const { client } = new FakeCluster();
        const skipped = annotated({ "pulumi.com/skipAwait": "true" });
        strictEqual(await awaitReady(client, skipped, options), skipped);
        const waiting = annotated({ "pulumi.com/waitFor": "condition=Programmed" });
        await rejects(awaitReady(client, waiting, options), /condition Programmed is not True/);
        throws(
            () => conditionCheck("jsonpath={.status.phase}=Running"),
            /is not supported without the Pulumi CLI/,
        );
    });

    it("ends with the signal", async () => {
        const abort = new AbortController();
        const cluster = new FakeCluster();
        const live = deployment({});
        cluster.put("/apis/apps/v1/namespaces/a4co/deployments/x", {
            ...live,
            metadata: { name: "x" },
        });
        const waiting = awaitReady(cluster.client, live, {
            signal: abort.signal,
            timeoutMs: 60_000,
            report: () => undefined,
        });
        setTimeout(() => {
            abort.abort(new Error("interrupted"));
        }, 20);
        await rejects(waiting, { message: "interrupted" });
    });
});
