import { deepEqual, equal, match } from "node:assert/strict";
import type { Finding } from "#checks/closed/finding.ts";
import { judgeGrants } from "#checks/closed/judge-grants.ts";
import { judgePods, judgeWorkloads } from "#checks/closed/judge-pods.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { Deployed } from "./cluster.ts";
import { deployed, objectOf, sceneWith } from "./cluster.ts";

const TERMS = { production: false, today: "2026-11-30" };
const RBAC = "rbac.authorization.k8s.io/v1";

function owned(by: LiveObject): object {
    return { ownerReferences: [{ kind: by.kind, uid: by.metadata.uid, controller: true }] };
}

describe("the identities of a closed mesh", () => {
    let mesh: Deployed;

    before(async function () {
        this.timeout(120_000);
        mesh = await deployed("local");
    });

    function podOf(place: string, spec: object, metadata: object = {}): LiveObject {
        const containers = [{ name: "main", image: "some.example/image:1" }];
        return objectOf("v1:Pod", place, { spec: { containers, ...spec } }, metadata as never);
    }

    /** A pod that the declared Deployment of payment-service made. */
    function ownPod(spec: object = {}): LiveObject[] {
        const deployment = mesh.objects.find(
            ({ kind, metadata }) => kind === "Deployment" && metadata.name === "payment-service-v1",
        ) as LiveObject;
        const set = objectOf(
            "apps/v1:ReplicaSet",
            "a4co/payment-service-v1-1",
            {},
            owned(deployment) as never,
        );
        const pod = podOf(
            "a4co/payment-service-v1-1-x",
            { serviceAccountName: "payment-service", ...spec },
            { labels: { app: "payment-service" }, ...owned(set) },
        );
        return [set, pod];
    }

    function pods(...beside: readonly LiveObject[]): readonly Finding[] {
        return judgePods(sceneWith(mesh, [...mesh.objects, ...beside]), TERMS).findings;
    }

    it("are their own workloads'", () => {
        deepEqual(pods(...ownPod()), []);
        deepEqual(
            pods(podOf("a4co/other", {}), podOf("a4co/job", { serviceAccountName: "batch" })),
            [],
        );
        // An identity is one of its namespace.
        deepEqual(pods(podOf("elsewhere/other", { serviceAccountName: "payment-service" })), []);
    });

    it("are stolen by any other pod, which is named with its image and its maker", () => {
        const [finding] = pods(podOf("a4co/thief", { serviceAccountName: "payment-service" }));
        match(
            finding?.text ?? "",
            /^runs as payment-service and is not its workload \(image some\.example\/image:1; made by itself\)/,
        );
        const job = objectOf(
            "batch/v1:Job",
            "a4co/batch",
            { spec: { parallelism: 1 } },
            {
                managedFields: [{ manager: "helm" }],
            },
        );
        const [ofJob] = pods(
            job,
            podOf("a4co/thief", { serviceAccountName: "payment-service" }, owned(job)),
        );
        match(ofJob?.text ?? "", /made by Job a4co\/batch \(written by helm\)/);
    });

    it("are stolen by a pod that only says that a declared Deployment made it", () => {
        const forged = { ownerReferences: [{ kind: "ReplicaSet", uid: "none", controller: true }] };
        equal(pods(podOf("a4co/thief", { serviceAccountName: "nats" }, forged)).length, 1);
    });

    it("of the gateway is the gateway's alone", () => {
        const account = { serviceAccountName: "istio-ingressgateway" };
        equal(pods(podOf("istio-system/thief", account)).length, 1);
    });

    it("are not those of pods that have ended", () => {
        const done = podOf("a4co/done", { serviceAccountName: "payment-service" });
        deepEqual(pods({ ...done, status: { phase: "Succeeded" } }), []);
    });

    it("are not lent to a pod that a service's labels lead to", () => {
        const [finding] = pods(podOf("a4co/double", {}, { labels: { app: "payment-service" } }));
        match(finding?.text ?? "", /^is given the requests to payment-service and is not its pod/);
    });

    it("are those that workloads are declared to have", () => {
        const [finding] = pods(...ownPod({ serviceAccountName: "order-service" }));
        match(
            finding?.text ?? "",
            /^runs as order-service and is declared to run as payment-service/,
        );
    });

    it("are shared with nothing that is put into a pod", () => {
        const ephemeralContainers = [{ name: "debugger", image: "busybox" }];
        const [finding] = pods(...ownPod({ ephemeralContainers }));
        match(finding?.text ?? "", /^has a container debugger of image busybox/);
    });

    it("are those of what is declared to run", () => {
        const objects = structuredClone(mesh.objects);
        const deployment = objects.find(
            ({ kind, metadata }) => kind === "Deployment" && metadata.name === "payment-service-v1",
        ) as unknown as {
            spec: {
                template: { spec: { serviceAccountName: string; containers: { image: string }[] } };
            };
        };
        deepEqual(judgeWorkloads(sceneWith(mesh, objects), TERMS).findings, []);
        deployment.spec.template.spec.serviceAccountName = "order-service";
        deployment.spec.template.spec.containers.push({ image: "evil.example/x:1" });
        const [finding] = judgeWorkloads(sceneWith(mesh, objects), TERMS).findings;
        match(
            finding?.text ?? "",
            /^does not run what it was declared to: spec\.serviceAccountName, spec\.containers/,
        );
    });

    describe("may be used", () => {
        const exec = { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] };

        function grants(
            subject: object,
            rule: object,
            kind: "RoleBinding" | "ClusterRoleBinding" = "RoleBinding",
        ): { readonly texts: string[]; readonly seen: string } {
            const place = kind === "RoleBinding" ? "a4co/some" : "some";
            const role = kind === "RoleBinding" ? "Role" : "ClusterRole";
            const beside = [
                objectOf(`${RBAC}:${role}`, place, { rules: [rule] }),
                objectOf(`${RBAC}:${kind}`, place, {
                    roleRef: { kind: role, name: "some" },
                    subjects: [subject],
                }),
            ];
            const { findings, seen } = judgeGrants(
                sceneWith(mesh, [...mesh.objects, ...beside]),
                TERMS,
            );
            return { texts: findings.map(({ text }) => text), seen };
        }
        const group = (name: string): object => ({ kind: "Group", name });
        const account = (name: string): object => ({
            kind: "ServiceAccount",
            name,
            namespace: "a4co",
        });

        it("by people who are named, and are listed", () => {
            const { texts, seen } = grants({ kind: "User", name: "ada" }, exec);
            deepEqual(texts, []);
            match(seen, /^User ada by RoleBinding a4co\/some \(pods\/exec\)/);
        });

        it("neither by everybody nor by workloads of the mesh", () => {
            for (const subject of [
                group("system:authenticated"),
                group("system:unauthenticated"),
                group("system:serviceaccounts"),
                group("system:serviceaccounts:a4co"),
                account("order-service"),
                account("default"),
            ]) {
                const { texts } = grants(subject, exec);
                match(
                    texts.join(),
                    /act as workloads of the mesh \(pods\/exec\)$/,
                    JSON.stringify(subject),
                );
            }
        });

        it("through whatever gives them away", () => {
            for (const rule of [
                { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
                { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
                { apiGroups: [""], resources: ["*/attach"], verbs: ["get"] },
                { apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["patch"] },
                { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"] },
            ]) {
                equal(grants(account("default"), rule).texts.length, 1, JSON.stringify(rule));
            }
            const users = { apiGroups: [""], resources: ["users"], verbs: ["impersonate"] };
            equal(grants(account("default"), users, "ClusterRoleBinding").texts.length, 1);
        });

        it("not through what reads alone", () => {
            for (const rule of [
                { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] },
                { apiGroups: ["apps"], resources: ["*"], verbs: ["*"] },
                { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["get"] },
            ]) {
                deepEqual(grants(group("system:authenticated"), rule).texts, []);
            }
        });
    });
});
