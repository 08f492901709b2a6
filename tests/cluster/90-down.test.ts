import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { localDeployment } from "#cli/local-deployment.ts";
import { cacheDirectory } from "#local/cache.ts";
import { previewLocal } from "#local/deployer/index.ts";
import type { DeployOptions } from "#local/deployer/index.ts";
import { nodeProcesses } from "#local/node/cgroups.ts";
import { paths } from "#local/node/layout.ts";
import type { HostPorts } from "#local/node/layout.ts";
import { readProcesses } from "#local/node/processes.ts";
import { renderStack } from "../render/render.ts";
import { assertMachineAsBefore } from "./before.ts";
import { destroy } from "./deployer/engine.ts";
import { goldenPlan, planLines } from "./deployer/planned.ts";
import type { NodeMarks } from "./machine.ts";
import { nodeMarks, remains } from "./machine.ts";
import { everyObject } from "./objects.ts";
import { hostPorts, mesh } from "./support.ts";

/** Ends that make a removal hard: pods without a runtime, components without a supervisor. */
const CRASHED = ["runsvdir", "containerd"];

/** Of the mesh, by the names that its charts, services and namespaces have. */
const OF_THE_MESH = /istio|jaeger|nats|(order|payment|inventory)-service| a4co\//;
/**
 * Helm leaves the definitions to whoever has objects of them, and each has its entry among the API server's services.
 * istiod writes its root certificate into every namespace, also those that are not the program's to remove.
 */
const KEPT = [
    /^(CustomResourceDefinition|APIService) .*istio\.io$/,
    /^ConfigMap (default|kube-\S+)\/istio-ca-(root-cert|crl)$/,
];

/** The mesh's objects, without those that stay. */
function ofTheMesh(objects: readonly string[]): string[] {
    return objects.filter(
        (object) => OF_THE_MESH.test(object) && !KEPT.some((kept) => kept.test(object)),
    );
}

describe("destroying the local stack", () => {
    let options: DeployOptions;

    before(async () => {
        options = { ...(await localDeployment(paths.kubeconfig)), report: () => undefined };
    });

    it("leaves nothing but Istio's definitions, and its root certificate in others' namespaces", async () => {
        const before = ofTheMesh(await everyObject());
        assert.ok(before.length > 50, before.join("\n"));
        const { resources } = await renderStack("local");
        assert.deepEqual(
            await destroy(options),
            resources
                .filter(({ custom }) => custom)
                .map(({ name }) => name)
                .sort(),
        );
        const after = await everyObject();
        assert.ok(after.some((object) => object.startsWith("CustomResourceDefinition ")));
        assert.deepEqual(ofTheMesh(after), []);
    });

    it("a preview of the empty cluster then lists exactly the golden's resources", async () => {
        const planned = await previewLocal(options);
        assert.deepEqual(planLines(planned), goldenPlan(await renderStack("local")));
    });
});

describe("mesh down", () => {
    let marks: NodeMarks;
    let ports: HostPorts;

    before(async () => {
        [marks, ports] = await Promise.all([nodeMarks(), hostPorts()]);
        assert.ok((await remains(marks, ports)).length > 10, "what runs is not recognised");
    });

    it("removes a cluster whose supervisor and runtime have crashed", async () => {
        const processes = await readProcesses(await nodeProcesses());
        for (const name of CRASHED) {
            const found = processes.filter((process) => process.name === name);
            assert.equal(found.length, 1, `${found.length} processes are named ${name}`);
            found.forEach(({ pid }) => process.kill(pid, "SIGKILL"));
        }
        const { exitCode, stdout, stderr } = await mesh("down");
        assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
        assert.match(stdout, /Local cluster: removed/);
    });

    it("leaves no process, mount, namespace, interface, group, directory or port behind", async () => {
        assert.deepEqual(await remains(marks, ports), []);
        await assertMachineAsBefore();
    });

    it("keeps the caches", async () => {
        assert.ok((await readdir(cacheDirectory())).length > 0);
    });

    it("a second time there is nothing to remove", async () => {
        const { exitCode, stdout } = await mesh("down");
        assert.equal(exitCode, 0);
        assert.equal(stdout, "There is no local cluster.");
    });

    it("the other commands say that there is no cluster", async () => {
        for (const command of ["status", "kubeconfig"]) {
            const { exitCode, stdout, stderr } = await mesh(command);
            assert.equal(exitCode, 2);
            assert.equal(stdout, "");
            assert.equal(stderr, 'There is no local cluster; "mesh up" makes one.');
        }
    });
});
