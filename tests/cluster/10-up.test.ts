import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { checksOf, selectChecks } from "#checks/filter.ts";
import { ENFORCEMENT } from "#cli/up/mesh-steps.ts";
import { publicHost } from "#model/mesh.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { renderStack } from "../render/render.ts";
import { rememberMachine } from "./before.ts";
import { throughGateway } from "./edge.ts";
import { liveObjects } from "./objects.ts";
import {
    CHECKOUT,
    context,
    copyOfCheckout,
    coreApi,
    hostPorts,
    mesh,
    meshOf,
    up,
} from "./support.ts";
import type { UpRun } from "./support.ts";

/** What `mesh status --json` promises to scripts. */
const statusSchema = z.object({
    healthy: z.boolean(),
    faults: z.array(z.string()),
    owner: z.object({ checkout: z.string(), since: z.string() }),
    engine: z.string(),
    node: z.string(),
    kubeconfig: z.string(),
    ports: z.object({ api: z.number(), http: z.number(), https: z.number() }),
    components: z.array(
        z.object({ name: z.string(), state: z.string(), pid: z.number().optional() }),
    ),
    pods: z.array(z.object({ namespace: z.string(), name: z.string(), phase: z.string() })),
});

const STEPS = [
    "Machine",
    "Debian packages",
    "Toolchain",
    "Images",
    "Engine",
    "Node processes",
    "Node",
    "Mesh",
    "Enforcement",
];

async function status(): Promise<z.infer<typeof statusSchema>> {
    const run = await mesh("status", "--json");
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    return statusSchema.parse(JSON.parse(run.stdout));
}

/** Everything a restart or a change would show in: process ids, pods and versions of the program's objects. */
async function fingerprint(): Promise<Readonly<Record<string, unknown>>> {
    const { components } = await status();
    const { items } = await coreApi().listPodForAllNamespaces();
    const live = await liveObjects(await renderStack("local"));
    const { items: secrets } = await coreApi().listSecretForAllNamespaces({
        labelSelector: "owner=helm",
    });
    return {
        processes: components.map(({ name, pid }) => `${name} ${pid ?? "-"}`),
        pods: items
            .map(({ metadata, status: state }) => {
                const restarts = [
                    ...(state?.containerStatuses ?? []),
                    ...(state?.initContainerStatuses ?? []),
                ].map(({ restartCount }) => restartCount);
                return `${metadata?.name ?? ""} ${metadata?.uid ?? ""} ${restarts.join(" ")}`;
            })
            .sort(),
        objects: live.map(({ kind, metadata }) => {
            const { namespace = "", name = "", uid = "" } = metadata;
            // Of this kind the API server rewrites the time of the second apply, though nothing changes.
            const version =
                kind === "ValidatingAdmissionPolicy"
                    ? metadata.generation
                    : metadata.resourceVersion;
            return `${kind} ${namespace}/${name} ${uid} ${version ?? "none"}`;
        }),
        releases: secrets.map(({ metadata }) => metadata?.name ?? "").sort(),
    };
}

describe("mesh up", () => {
    let first: UpRun;

    before(async () => {
        const down = await mesh("down");
        assert.equal(down.exitCode, 0, down.stderr);
        await rememberMachine();
        first = await up();
    });

    it("names each step with its time", () => {
        for (const step of STEPS) {
            assert.match(first.stdout, new RegExp(`^ *\\d+\\.\\ds {2}${step}(: .+)?$`, "m"));
        }
    });

    it("creates everything, and says by which engine", () => {
        assert.ok(first.created > 30, first.stdout);
        assert.deepEqual([first.changed, first.unchanged, first.deleted], [0, 0, 0]);
        assert.match(
            first.stdout,
            /Mesh: deploying with Pulumi \d+\.\d+\.\d+ \(.+\), Kubernetes provider \d+\.\d+\.\d+ \(.+\)$/m,
        );
    });

    it("makes exactly the resources that the program's rendering has", async () => {
        const { resources } = await renderStack("local");
        const made = [...first.stdout.matchAll(/ Mesh: \+ (\S+) (\S+) created$/gm)];
        assert.deepEqual(
            made.map(([, type, name]) => `${type ?? ""} ${name ?? ""}`).sort(),
            resources
                .filter(({ custom }) => custom)
                .map(({ type, name }) => `${type} ${name}`)
                .sort(),
        );
    });

    it("shows that the mesh enforces, by every check of who may call whom", async () => {
        const { mesh: declared } = await declaredMesh({}, true);
        const checks = selectChecks(await checksOf(declared), ENFORCEMENT);
        assert.equal(first.checks, checks.length);
    });

    it("says what to try, and that works", async () => {
        const { http } = await hostPorts();
        const host = publicHost("order", context);
        assert.ok(
            first.stdout.includes(`curl -H 'Host: ${host}' http://127.0.0.1:${http}/orders`),
            first.stdout,
        );
        const { status: answer } = await throughGateway({ scheme: "http", host, path: "/orders" });
        assert.equal(answer, 200);
    });

    it("its kubeconfig works", async () => {
        const { stdout, exitCode } = await mesh("kubeconfig");
        assert.equal(exitCode, 0);
        const config = new KubeConfig();
        config.loadFromFile(stdout);
        const { items } = await config.makeApiClient(CoreV1Api).listNode();
        const ready = items[0]?.status?.conditions?.find(({ type }) => type === "Ready");
        assert.equal(ready?.status, "True");
    });

    it("its state can be read by a program", async () => {
        const state = await status();
        assert.equal(state.healthy, true, state.faults.join("; "));
        assert.deepEqual(state.faults, []);
        assert.equal(state.owner.checkout, CHECKOUT);
        assert.ok(first.stdout.includes(`deploying with ${state.engine}\n`), state.engine);
        assert.equal(state.node, "ready");
        assert.deepEqual(state.ports, await hostPorts());
    });

    it("a second time changes nothing and restarts nothing", async () => {
        const before = await fingerprint();
        const second = await up();
        assert.deepEqual(
            [second.created, second.changed, second.deleted],
            [0, 0, 0],
            second.stdout,
        );
        assert.equal(second.unchanged, first.created);
        assert.deepEqual(await fingerprint(), before);
    });

    it("another checkout is refused, and told whose the cluster is", async () => {
        const other = await copyOfCheckout();
        try {
            const before = await fingerprint();
            for (const command of ["up", "down"]) {
                const { exitCode, stdout, stderr } = await meshOf(other, command);
                assert.equal(exitCode, 2, `${stdout}\n${stderr}`);
                assert.equal(stdout, "");
                assert.equal(stderr.split("\n").length, 1, stderr);
                assert.ok(stderr.includes(`belongs to ${CHECKOUT} `), stderr);
            }
            assert.deepEqual(await fingerprint(), before);
        } finally {
            await rm(other, { recursive: true, force: true });
        }
    });
});
