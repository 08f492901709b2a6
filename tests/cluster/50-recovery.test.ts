import assert from "node:assert/strict";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { clusterState } from "#local/cluster.ts";
import type { ClusterState } from "#local/cluster.ts";
import { nodeProcesses } from "#local/node/cgroups.ts";
import { readProcesses } from "#local/node/processes.ts";
import { identityOf } from "#model/authorization.ts";
import { publicHost } from "#model/mesh.ts";
import { ADDED } from "#prove/changes.ts";
import { ADDED_SECONDS } from "#prove/recovery.ts";
import { runsNewWorkloads } from "./canary.ts";
import { assertClosed } from "./closed.ts";
import { throughGateway } from "./edge.ts";
import { allowedCalls, serviceEdges } from "./matrix.ts";
import { everyObject } from "./objects.ts";
import { hold } from "./pods.ts";
import { objectsNow, removeProbes } from "./proof.ts";
import { context, coreApi, eventually, mesh, probeSession, startMesh, up } from "./support.ts";
import { REQUESTS_PER_SECOND, underTraffic } from "./traffic.ts";

/** Kubernetes' own processes on the node, in the order they are killed. */
const COMPONENTS = [
    "kube-apiserver",
    "etcd",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "containerd",
];

/**
 * How long services may be away while a restarted kubelet probes their pods: it asks an application every five seconds
 * and a sidecar every fifteen, which is what a pod's readiness waits for. Seen: 1.5 to 12.5.
 */
const KUBELET_OUTAGE_SECONDS = 20;

/** Processes that carry the loopback ports: while they are away, nobody is reached from this machine. */
const FORWARDERS = ["api-server", "gateway-http", "gateway-https"].flatMap((name) => [
    `forward-${name}-node`,
    `forward-${name}`,
]);

async function state(): Promise<ClusterState> {
    const found = await clusterState();
    assert.ok(found, "there is no cluster");
    return found;
}

async function pidOf(component: string): Promise<number> {
    const found = (await state()).components.find(({ name }) => name === component);
    assert.ok(found?.pid !== undefined, `${component} does not run`);
    return found.pid;
}

/** Kills a component and waits until its supervisor has started it again and the node is Ready. */
async function killComponent(component: string): Promise<void> {
    const before = await pidOf(component);
    process.kill(before, "SIGKILL");
    await eventually(`${component} comes back`, 60, async () => {
        const { components, node } = await state();
        const now = components.find(({ name }) => name === component)?.pid;
        return now !== undefined && now !== before && node === "ready";
    });
}

/** Ids of the node's processes, by the command's name. */
async function processesNamed(name: string): Promise<number[]> {
    const found = await readProcesses(await nodeProcesses());
    return found.filter((process) => process.name === name).map(({ pid }) => pid);
}

async function istiodPods(): Promise<{ uid: string; name: string; ready: boolean }[]> {
    const { items } = await coreApi().listNamespacedPod({
        namespace: context.controlPlaneNamespace,
        labelSelector: "app=istiod",
    });
    return items.map(({ metadata, status }) => ({
        uid: metadata?.uid ?? "",
        name: metadata?.name ?? "",
        ready:
            metadata?.deletionTimestamp === undefined &&
            status?.conditions?.some(
                (condition) => condition.type === "Ready" && condition.status === "True",
            ) === true,
    }));
}

/** A pod that starts now gets its sidecar and its certificate, and its calls are let in. */
async function newPodsAreInjected(): Promise<void> {
    const [edge] = serviceEdges;
    assert.ok(edge);
    const session = probeSession();
    try {
        // Until kube-proxy knows istiod's new address, the API server refuses the pod rather than let it in bare.
        const pod = await eventually("a new pod can be made", 20, () =>
            session.startAs(identityOf(edge.caller, context)),
        );
        await hold(pod, allowedCalls(edge));
    } finally {
        await session.close();
    }
}

async function gatewayAnswers(): Promise<void> {
    const host = publicHost("order", context);
    await eventually("the gateway answers", 20, async () => {
        for (const scheme of ["http", "https"] as const) {
            const { status } = await throughGateway({ scheme, host, path: "/orders" });
            assert.equal(status, 200);
        }
    });
}

describe("recovery", () => {
    describe("istiod", () => {
        it("its process is killed: traffic goes on, it comes back, new pods are injected", async () => {
            const [before] = await processesNamed("pilot-discovery");
            assert.ok(before !== undefined);
            const traffic = await underTraffic(async () => {
                process.kill(before, "SIGKILL");
                await eventually("istiod comes back", 60, async () => {
                    const [now] = await processesNamed("pilot-discovery");
                    const pods = await istiodPods();
                    return now !== undefined && now !== before && pods.every(({ ready }) => ready);
                });
                await newPodsAreInjected();
            });
            assert.deepEqual(traffic.failures, []);
            assert.ok(traffic.requests > 10, `only ${traffic.requests} requests were made`);
        });

        it("its pod is deleted: traffic goes on, it comes back, new pods are injected", async () => {
            const [before] = await istiodPods();
            assert.ok(before);
            const traffic = await underTraffic(async () => {
                await coreApi().deleteNamespacedPod({
                    namespace: context.controlPlaneNamespace,
                    name: before.name,
                    gracePeriodSeconds: 0,
                });
                await eventually("another istiod is ready", 60, async () => {
                    const [now, ...others] = await istiodPods();
                    return others.length === 0 && now?.ready === true && now.uid !== before.uid;
                });
                await newPodsAreInjected();
            });
            assert.deepEqual(traffic.failures, []);
            assert.ok(traffic.requests > 10, `only ${traffic.requests} requests were made`);
            await assertClosed();
        });
    });

    describe("node components", () => {
        let session: ProbeSession;
        let outsider: ProbePod;

        before(async () => {
            session = probeSession();
            outsider = await session.start({ namespace: "default", name: "outsider" });
        });

        after(() => session.close());

        it("all of them are tried", async () => {
            const { components } = await state();
            assert.deepEqual(
                components.map(({ name }) => name).sort(),
                [...COMPONENTS, ...FORWARDERS].sort(),
            );
        });

        for (const component of COMPONENTS.filter((name) => name !== "kubelet")) {
            it(`${component} is killed: traffic goes on, it comes back and does its work`, async () => {
                const traffic = await underTraffic(async () => {
                    await killComponent(component);
                    await runsNewWorkloads(`after-${component}`, outsider);
                });
                assert.deepEqual(traffic.failures, []);
            });
        }

        it("kubelet is killed: requests fail for seconds at most, it comes back and does its work", async () => {
            const traffic = await underTraffic(async () => {
                await killComponent("kubelet");
                await runsNewWorkloads("after-kubelet", outsider);
                await gatewayAnswers();
            });
            // Up to 1.34 a restarted kubelet calls every container unready until its probes have run anew, and each
            // service, the gateway included, has a single pod here.
            const others = traffic.failures.filter(
                (failure) => !/no healthy upstream|socket hang up|ECONNRESET/.test(failure),
            );
            assert.deepEqual(others, []);
            const most = KUBELET_OUTAGE_SECONDS * REQUESTS_PER_SECOND;
            assert.ok(traffic.failures.length <= most, traffic.failures.join("\n"));
        });

        it("each forwarder is killed: it comes back, and the gateway is reached", async () => {
            for (const forwarder of FORWARDERS) {
                await killComponent(forwarder);
            }
            await gatewayAnswers();
        });
    });

    describe("a proof", () => {
        after(() => removeProbes());

        it("it is killed: mesh up puts back what was weak, and what was added ends by itself", async () => {
            const before = await objectsNow({ writers: false });
            const proof = startMesh("verify", "--prove");
            const added = { name: ADDED, namespace: context.namespace };
            await eventually("the proof has added a pod", 180, () =>
                coreApi().readNamespacedPod(added),
            );
            proof.kill("SIGKILL");
            assert.equal((await proof).signal, "SIGKILL");
            // The pod's mutation takes away the guard as well, which would not have let it in.
            const repaired = await up();
            assert.equal(repaired.created, 1, repaired.stdout);
            await eventually("what was added is gone", ADDED_SECONDS + 30, async () => {
                assert.deepEqual(
                    (await everyObject()).filter((object) => object.endsWith(`/${ADDED}`)),
                    [],
                );
            });
            assert.deepEqual(await objectsNow({ writers: false }), before);
        });
    });

    describe("node supervisor", () => {
        it("it is killed: the next mesh up repairs the node", async () => {
            const [supervisor] = await processesNamed("runsvdir");
            assert.ok(supervisor !== undefined);
            const { items: before } = await coreApi().listNamespacedPod(context);
            process.kill(supervisor, "SIGKILL");
            const repaired = await up();
            assert.deepEqual(
                [repaired.created, repaired.changed, repaired.deleted],
                [0, 0, 0],
                repaired.stdout,
            );
            const [another] = await processesNamed("runsvdir");
            assert.ok(another !== undefined && another !== supervisor);
            const status = await mesh("status");
            assert.equal(status.exitCode, 0, status.stdout);
            const { items: after } = await coreApi().listNamespacedPod(context);
            assert.deepEqual(
                after.map(({ metadata }) => metadata?.uid),
                before.map(({ metadata }) => metadata?.uid),
                "pods were replaced",
            );
        });
    });
});
