import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppsV1Api, KubernetesObjectApi, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import type { V1Deployment, V1Role } from "@kubernetes/client-node";
import { manifests } from "#cli/verify/manifests.ts";
import { LABEL } from "#live/probes/pod.ts";
import { IMAGES } from "#local/versions.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { CHECKOUT, context, coreApi, eventually, kubeConfig, mesh, startMesh } from "./support.ts";

const NAME = "mesh-verify";
const NAMESPACES = [context.namespace, context.controlPlaneNamespace];

/** What a report of `mesh verify --json` says, as far as it is looked at here. */
interface Report {
    readonly summary: { readonly notAsked?: { readonly checks: number } };
    readonly checks: readonly { readonly id: string; readonly status: string }[];
}

const { stack, mesh: declared } = await declaredMesh({ stack: "local" }, true);
const objects = manifests({
    stack,
    mesh: declared,
    every: "10s",
    probeImage: IMAGES.probe,
});
const [deployment] = objects.filter(({ kind }) => kind === "Deployment") as V1Deployment[];
const roles = objects.filter((object) => object !== deployment);

/** The Deployment with an image of the local cluster, and the checkout where a real image has it. */
function onThisMachine(object: V1Deployment): V1Deployment {
    const copy = structuredClone(object);
    const pod = copy.spec?.template.spec;
    const [container] = pod?.containers ?? [];
    assert.ok(pod && container);
    container.image = IMAGES.probe;
    container.volumeMounts?.push({ name: "checkout", mountPath: "/mesh", readOnly: true });
    pod.volumes?.push({ name: "checkout", hostPath: { path: CHECKOUT } });
    return copy;
}

describe("mesh verify with the rights that it prints, and no others", () => {
    let cluster: KubernetesObjectApi;
    let rbac: RbacAuthorizationV1Api;
    const before_ = process.env["KUBECONFIG"];
    let folder = "";

    /** A kubeconfig that holds nothing but a token of the ServiceAccount. */
    async function writeKubeconfig(file: string): Promise<void> {
        const { status } = await coreApi().createNamespacedServiceAccountToken({
            name: NAME,
            namespace: context.controlPlaneNamespace,
            body: { spec: { audiences: [], expirationSeconds: 3600 } },
        });
        const config = kubeConfig();
        const server = config.getCurrentCluster();
        assert.ok(server && status);
        config.loadFromClusterAndUser(server, { name: NAME, token: status.token });
        await writeFile(file, config.exportConfig(), { mode: 0o600 });
    }

    async function report(...args: readonly string[]): Promise<Report> {
        const { stdout, stderr, exitCode } = await mesh("verify", "--json", ...args);
        const seen = JSON.parse(stdout) as Report;
        assert.deepEqual(
            seen.checks.filter(({ status }) => status === "failed"),
            [],
        );
        assert.equal(exitCode, 0, stderr);
        return seen;
    }

    before(async () => {
        cluster = KubernetesObjectApi.makeApiClient(kubeConfig());
        rbac = kubeConfig().makeApiClient(RbacAuthorizationV1Api);
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-verify-"));
        for (const object of roles) {
            await cluster.create(object);
        }
        const file = join(folder, "kubeconfig");
        await writeKubeconfig(file);
        process.env["KUBECONFIG"] = file;
    });

    after(async () => {
        // What a failed test never made is not there to be removed.
        await Promise.allSettled(objects.map((object) => cluster.delete(object)));
        if (before_ === undefined) {
            delete process.env["KUBECONFIG"];
        } else {
            process.env["KUBECONFIG"] = before_;
        }
        await rm(folder, { recursive: true });
    });

    it("everything can be asked", async () => {
        assert.equal((await report()).summary.notAsked, undefined);
    });

    it("--probes none starts no pod and asks all the rest", async () => {
        const probes = async (): Promise<number> => {
            const lists = await Promise.all(
                NAMESPACES.map((namespace) =>
                    coreApi().listNamespacedPod({ namespace, labelSelector: LABEL }),
                ),
            );
            return lists.flatMap(({ items }) => items).length;
        };
        let most = 0;
        const watching = setInterval(
            () => void probes().then((now) => (most = Math.max(most, now))),
            200,
        );
        const { summary, checks } = await report("--probes", "none").finally(() => {
            clearInterval(watching);
        });
        assert.equal(most, 0);
        assert.ok((summary.notAsked?.checks ?? 0) > 50 && checks.length > 50);
    });

    it("a watch notices that a right is taken away and that it is back, and ends with 0", async () => {
        const watching = startMesh(
            "verify",
            ...["--every", "10s", "--metrics-address", "127.0.0.1:0"],
            ...["--only", "preflight"],
        );
        let output = "";
        watching.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        const says = (what: RegExp): Promise<true> =>
            eventually(`the watch says ${what.source}`, 60, () => {
                assert.match(output, what);
                return Promise.resolve(true);
            });
        const { namespace } = context;
        const role = await rbac.readNamespacedRole({ name: NAME, namespace });
        const withRules = (rules: V1Role["rules"]): Promise<unknown> =>
            rbac.patchNamespacedRole({
                name: NAME,
                namespace,
                body: [{ op: "replace", path: "/rules", value: rules }],
            });
        await says(/round 1: \d+ hold, 0 do not/);
        await withRules(role.rules?.filter(({ resources }) => !resources?.includes("pods/log")));
        try {
            await says(
                /no longer holds: preflight\/permissions: missing: get pods\/log in namespace a4co$/m,
            );
            const [, url = ""] = /metrics on (\S+)/.exec(output) ?? [];
            const metrics = await (await fetch(url)).text();
            assert.match(metrics, /^mesh_verify_checks{section="preflight",status="failed"} 1$/m);
            assert.match(metrics, /^mesh_verify_broken_check{check="preflight\/permissions"} 1$/m);
            assert.match(metrics, /^mesh_verify_last_held_timestamp_seconds [1-9]\d+/m);
        } finally {
            await withRules(role.rules);
        }
        await says(/holds again: preflight\/permissions$/m);
        watching.kill("SIGTERM");
        assert.equal((await watching).exitCode, 0, output);
    });

    it("the Deployment that it prints watches from a pod of its own", async () => {
        assert.ok(deployment);
        await cluster.create(onThisMachine(deployment));
        const api = kubeConfig().makeApiClient(AppsV1Api);
        const namespace = context.controlPlaneNamespace;
        await eventually("the first round is over", 180, async () => {
            const { items } = await coreApi().listNamespacedPod({
                namespace,
                labelSelector: `app=${NAME}`,
            });
            const [pod] = items;
            const log = await coreApi().readNamespacedPodLog({
                namespace,
                name: pod?.metadata?.name ?? "",
            });
            assert.match(log, /round 1: \d{3} hold, 0 do not, /);
        });
        const { status } = await api.readNamespacedDeployment({ name: NAME, namespace });
        assert.equal(status?.readyReplicas, 1);
    });
});
