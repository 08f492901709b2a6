import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { CallerLogs } from "#cli/canary/losses.ts";
import type { CanaryStatus } from "#cli/canary/status.ts";
import type { ObjectRef, Objects } from "#live/kubernetes/objects.ts";
import { ClusterObjects, editObject } from "#live/kubernetes/objects.ts";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { identityOf } from "#model/authorization.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import { clusterHost, publicHost } from "#model/mesh.ts";
import { inventory } from "#services/inventory.ts";
import type { EdgeResponse } from "./edge.ts";
import { throughGateway } from "./edge.ts";
import { PROBE_HEADERS } from "./matrix.ts";
import type { LocalStack } from "./stack.ts";
import { localStack } from "./stack.ts";
import {
    context,
    coreApi,
    eventually,
    kubeConfig,
    mesh,
    probeSession,
    startMesh,
} from "./support.ts";
import type { Traffic } from "./traffic.ts";
import { underTraffic } from "./traffic.ts";
import type { Variant } from "./variants.ts";
import { importVariants } from "./variants.ts";

const SERVICE = inventory.name;
const VIRTUAL_SERVICE: ObjectRef = {
    apiVersion: API_VERSIONS.VirtualService,
    kind: "VirtualService",
    metadata: { name: SERVICE, namespace: context.namespace },
};
const HEADER = { name: "x-canary", value: "yes" };
const REQUESTS = 20;

/** A gate for a small machine, on which a version that just started is slow for a while. */
const GATE = ["--for", "5s", "--min-requests", "10", "--max-latency-ratio", "8"];

/** Twice the usual rate. */
function underMoreTraffic(work: () => Promise<void>): Promise<[Traffic, Traffic]> {
    let inner: Traffic = { requests: 0, failures: [] };
    return underTraffic(async () => {
        inner = await underTraffic(work);
    }).then((outer) => [outer, inner]);
}

/** Images of the service's pods that run and are to stay. */
async function runningImages(): Promise<readonly string[]> {
    const { items } = await coreApi().listNamespacedPod({
        namespace: context.namespace,
        labelSelector: `app=${SERVICE}`,
    });
    return items
        .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
        .map(({ spec }) => spec?.containers[0]?.image ?? "");
}

async function status(): Promise<CanaryStatus> {
    const { exitCode, stdout, stderr } = await mesh("canary", "status", SERVICE, "--json");
    assert.equal(exitCode, 0, stderr);
    const [found] = (JSON.parse(stdout) as { services: CanaryStatus[] }).services;
    assert.ok(found);
    return found;
}

/** A request that goes on to payment and inventory, and changes nothing. */
function throughOrder(): Promise<EdgeResponse> {
    return throughGateway({
        scheme: "http",
        host: publicHost("order", context),
        path: "/orders",
        method: "POST",
        headers: PROBE_HEADERS,
        body: "{}",
    });
}

/**
 * Writes over the last of the service's routes, as a person with kubectl does.
 *
 * @param to what it becomes, as JSON, from what it is
 * @returns what it was
 */
async function writeLastRoute(objects: Objects, to: (text: string) => string): Promise<string> {
    let text = "";
    await editObject(objects, VIRTUAL_SERVICE, (live) => {
        const spec = live["spec"] as { readonly http: readonly unknown[] };
        text = JSON.stringify(spec.http.at(-1));
        const http = [...spec.http.slice(0, -1), JSON.parse(to(text)) as unknown];
        return { ...live, spec: { ...spec, http } };
    });
    return text;
}

describe("a canary", () => {
    let stack: LocalStack;
    let images: Readonly<Record<Variant, string>>;
    let session: ProbeSession;
    let caller: ProbePod;

    before(async () => {
        stack = await localStack();
        images = await importVariants(SERVICE);
        session = probeSession();
        caller = await session.startAs(identityOf("payment-service", context));
    });

    after(async () => {
        await session.close();
        await stack.restore();
    });

    /** Pods that answered requests of a caller, one name a request. */
    async function served(headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
        const probes = Array.from({ length: REQUESTS }, (_, index) => ({
            id: String(index),
            host: clusterHost(SERVICE, context),
            port: inventory.port,
            method: "POST",
            path: "/inventory/reserve",
            headers: { ...PROBE_HEADERS, ...headers },
            body: "{}",
        }));
        const results = await caller.run(probes);
        return [...results.values()].map(({ status, headers: answered, error }) => {
            assert.equal(status, 200, error);
            return String(answered?.["x-served-by"]);
        });
    }

    it("gets all requests with its header, and with weight 0 no others", async () => {
        const run = await mesh(
            ...["canary", "start", SERVICE, "--image", images.next, "--weight", "0"],
            ...["--header", `${HEADER.name}=${HEADER.value}`],
        );
        assert.equal(run.exitCode, 0, run.stdout + run.stderr);
        assert.match(run.stdout, /\+ kubernetes:apps\/v1:Deployment inventory-service/);
        const isCanary = (pod: string): boolean => pod.startsWith(`${SERVICE}-canary-`);
        assert.ok((await served({ [HEADER.name]: HEADER.value })).every(isCanary));
        assert.ok(!(await served({ [HEADER.name]: "no" })).some(isCanary));
    });

    it("is judged by mesh verify like everything else", async () => {
        const run = await mesh("verify", "--only", "config", "closed", "resilience", "--json");
        assert.equal(run.exitCode, 0, run.stdout);
    });

    it("is not started a second time, and nothing is changed", async () => {
        const before = await readFile(stack.file, "utf8");
        const run = await mesh("canary", "start", SERVICE, "--image", images.slow);
        assert.equal(run.exitCode, 2);
        assert.match(run.stderr, /is running in stack local/);
        assert.equal(await readFile(stack.file, "utf8"), before);
    });

    it("stays as it is while a route is somebody else's, and what that loses is counted", async () => {
        const objects = new ClusterObjects(kubeConfig());
        const logs = new CallerLogs(kubeConfig(), inventory, context);
        await logs.read();
        const before = await readFile(stack.file, "utf8");
        const declared = await writeLastRoute(objects, (text) => text.replaceAll('"v1"', '"gone"'));
        try {
            await eventually("a request finds no subset", 60, async () => {
                await throughOrder();
                // Few enough that payment is not ejected, and time for the proxy to write its log.
                await sleep(1500);
                return (await logs.read()).lost.has("503 NC");
            });
            const run = await mesh(
                ...["canary", "step", SERVICE, "--to", "50"],
                ...["--min-requests", "0", "--for", "0s"],
            );
            assert.equal(run.exitCode, 2, run.stdout + run.stderr);
            assert.match(
                run.stderr,
                /route inventory: canary 0 %, gone 100 % instead of canary 0 %/,
            );
            assert.match(run.stderr, /written by \S[^"]*"mesh up" brings back/);
            assert.equal(await readFile(stack.file, "utf8"), before);
        } finally {
            logs.close();
            await writeLastRoute(objects, () => declared);
        }
        await eventually("requests arrive again", 60, async () => {
            assert.equal((await throughOrder()).status, 200);
        });
    });

    it("killed in the middle of a step can be looked at and given up", async () => {
        const running = startMesh(
            ...["canary", "step", SERVICE, "--to", "50"],
            ...["--min-requests", "0", "--for", "0s"],
        );
        let output = "";
        running.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        await eventually("the preview is shown", 60, () =>
            Promise.resolve(/~ .*VirtualService/.test(output)),
        );
        running.kill("SIGKILL");
        assert.equal((await running).signal, "SIGKILL", output);
        const { canary, phase, divergence } = await status();
        assert.deepEqual([canary?.weight, phase], [50, "running"]);
        assert.ok(divergence);
        const run = await mesh("canary", "abort", SERVICE);
        assert.equal(run.exitCode, 0, run.stdout + run.stderr);
        assert.match(run.stdout, /the cluster has route .*, which is given up as well/);
        assert.equal(await readFile(stack.file, "utf8"), stack.text);
        const { live, deployed } = await status();
        assert.deepEqual([live.weight, live.image, deployed], [undefined, undefined, true]);
    });

    it("that is good is promoted, and no request is lost", async () => {
        const traffic = await underMoreTraffic(async () => {
            const command = ["canary", "run", SERVICE, "--image", images.next, "--steps", "50"];
            const run = await mesh(...command, ...GATE);
            assert.equal(run.exitCode, 0, run.stdout + run.stderr);
            assert.match(
                run.stdout,
                /promoted, it is \S+:next now; (?!0 )[\d,]+ requests in the meantime, 0 lost$/m,
            );
        });
        assert.deepEqual(
            traffic.flatMap(({ failures }) => failures),
            [],
        );
        const { config } = parse(await readFile(stack.file, "utf8")) as { config: object };
        assert.deepEqual(Reflect.get(config, "mesh:serviceImages"), { [SERVICE]: images.next });
        assert.equal(Reflect.get(config, "mesh:canaries"), undefined);
        await eventually("only the new image runs", 60, async () =>
            (await runningImages()).every((image) => image === images.next),
        );
    });

    for (const [variant, reason] of [
        ["failing", /failed: .* % of its \d+ requests failed, allowed are 1 %/],
        ["slow", /failed: its 95th percentile is [\d.]+ times the stable version's/],
    ] as const) {
        it(`that is ${variant} is rolled back`, async () => {
            const before = await readFile(stack.file, "utf8");
            await underMoreTraffic(async () => {
                const run = await mesh(
                    ...["canary", "run", SERVICE, "--image", images[variant], "--steps", "50,100"],
                    ...GATE,
                );
                assert.equal(run.exitCode, 1, run.stdout + run.stderr);
                assert.match(run.stdout, reason);
                assert.match(run.stdout, /rolled back/);
            });
            assert.equal(await readFile(stack.file, "utf8"), before);
            assert.equal((await status()).deployed, true);
            assert.ok(!(await runningImages()).includes(images[variant]), basename(stack.file));
        });
    }
});
