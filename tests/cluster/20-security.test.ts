import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { ApiException } from "@kubernetes/client-node";
import type { ProbeSession } from "#live/probes/session.ts";
import { IMAGES } from "#local/versions.ts";
import { principalOf } from "#model/authorization.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { publicHost } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import { throughGateway } from "./edge.ts";
import {
    allowedCalls,
    allowedRequest,
    pathTricks,
    probeOf,
    serviceEdges,
    undeclaredCallers,
    WORKLOADS,
    wrongMethods,
    wrongPaths,
} from "./matrix.ts";
import type { ProbePods } from "./pods.ts";
import { hold, startPods } from "./pods.ts";
import { context, coreApi, eventually, probeSession } from "./support.ts";
import { allow, unlisted, UNLISTED, UNLISTED_PORT } from "./unlisted.ts";

function aPod(labels: Readonly<Record<string, string>>, name = "app"): V1Pod {
    return {
        metadata: { generateName: "guard-", labels: { ...labels } },
        spec: {
            enableServiceLinks: false,
            containers: [{ name, image: IMAGES.probe, imagePullPolicy: "IfNotPresent" }],
        },
    };
}

describe("security of the mesh", () => {
    let session: ProbeSession;
    let pods: ProbePods;

    /** Shows that the request others will be refused does reach the service from one of its callers. */
    async function isReached(callee: ServiceIntent): Promise<void> {
        const edge = serviceEdges.find((declared) => declared.callee === callee.name);
        if (edge !== undefined) {
            await hold(pods.as(edge.caller), allowedCalls(edge));
            return;
        }
        assert.ok(callee.hostname !== undefined, `nobody can call ${callee.name}`);
        const { method, path } = allowedRequest(callee);
        const host = publicHost(callee.hostname, context);
        const { status } = await throughGateway({ scheme: "http", host, method, path });
        assert.equal(status, 200);
    }

    before(async () => {
        session = probeSession();
        pods = await startPods(session);
    });

    after(() => session.close());

    describe("sidecars", () => {
        it("every pod of the namespace has one, and it is ready", async () => {
            const { items } = await coreApi().listNamespacedPod({ namespace: context.namespace });
            const apps = new Set(items.map(({ metadata }) => metadata?.labels?.["app"]));
            for (const name of WORKLOADS) {
                assert.ok(apps.has(name), `there is no pod of ${name}`);
            }
            for (const { metadata, spec, status } of items) {
                const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
                const statuses = [
                    ...(status?.initContainerStatuses ?? []),
                    ...(status?.containerStatuses ?? []),
                ];
                const proxy = containers.find(({ name }) => name === "istio-proxy");
                assert.ok(proxy, `${metadata?.name ?? ""} has no istio-proxy`);
                assert.equal(proxy.image, IMAGES.proxyv2);
                const ready = statuses.find(({ name }) => name === "istio-proxy")?.ready;
                assert.equal(ready, true, `the proxy of ${metadata?.name ?? ""} is not ready`);
            }
        });

        it("the API server refuses a pod without one, whatever its container is called, and takes the same pod with one", async () => {
            const { namespace } = context;
            const create = (body: V1Pod): Promise<V1Pod> =>
                coreApi().createNamespacedPod({ namespace, body, dryRun: "All" });
            const accepted = await create(aPod({}));
            const all = [
                ...(accepted.spec?.initContainers ?? []),
                ...(accepted.spec?.containers ?? []),
            ];
            assert.ok(all.some(({ name }) => name === "istio-proxy"));
            for (const name of ["app", "istio-proxy"]) {
                await assert.rejects(
                    create(aPod({ "sidecar.istio.io/inject": "false" }, name)),
                    (error) =>
                        error instanceof ApiException &&
                        error.code === 403 &&
                        String(error.body).includes(
                            `ValidatingAdmissionPolicy '${namespace}-require-sidecar'`,
                        ),
                );
            }
        });
    });

    describe("declared calls", () => {
        for (const edge of serviceEdges) {
            const name = `${edge.caller} -> ${edge.callee}`;

            it(`${name}: every declared request is allowed, under the caller's identity`, async () => {
                const calls = allowedCalls(edge);
                await hold(pods.as(edge.caller), calls);
                const results = await pods.as(edge.caller).run(calls.map(({ probe }) => probe));
                for (const [id, { body = "" }] of results) {
                    const { callerCertificate } = JSON.parse(body) as {
                        readonly callerCertificate: string | null;
                    };
                    assert.equal(
                        /;URI=(.*)$/.exec(callerCertificate ?? "")?.[1],
                        `spiffe://${principalOf(edge.identity, context)}`,
                        `${id}: the service saw ${String(callerCertificate)}`,
                    );
                }
            });

            it(`${name}: other methods are refused`, async () => {
                await hold(pods.as(edge.caller), [...allowedCalls(edge), ...wrongMethods(edge)]);
            });

            it(`${name}: other paths are refused`, async () => {
                await hold(pods.as(edge.caller), [...allowedCalls(edge), ...wrongPaths(edge)]);
            });

            it(`${name}: no way of writing a path leads anywhere else`, async () => {
                const tricks = pathTricks(edge);
                await hold(pods.as(edge.caller), tricks);
                const taken = tricks.filter(({ status }) => status === 200);
                const results = await pods
                    .as(edge.caller)
                    .run([
                        ...allowedCalls(edge).map(({ probe }) => probe),
                        ...taken.map(({ probe }) => probe),
                    ]);
                for (const { probe, plain } of taken) {
                    const wanted = results.get(plain.id)?.body;
                    assert.ok(wanted?.includes('"probe":true'), wanted);
                    assert.equal(results.get(probe.id)?.body, wanted, probe.id);
                }
            });
        }
    });

    describe("undeclared calls", () => {
        for (const callee of catalog.services) {
            describe(`to ${callee.name}`, () => {
                const { method, path } = allowedRequest(callee);
                const refused = {
                    probe: probeOf(callee.name, callee.port, method, path),
                    status: 403,
                };

                before(() => isReached(callee));

                it(`${undeclaredCallers(callee).join(", ")} -> ${callee.name} are refused`, async () => {
                    for (const caller of undeclaredCallers(callee)) {
                        await hold(pods.as(caller), [refused]);
                    }
                });

                it(`a pod with no workload's identity -> ${callee.name} is refused`, async () => {
                    await hold(pods.stranger, [refused]);
                });
            });
        }
    });

    it("a workload for which nobody is declared is closed until somebody is", async () => {
        await unlisted(async (host) => {
            const probe = { ...probeOf(UNLISTED, UNLISTED_PORT, "GET", "/"), host };
            const results = (): Promise<number | undefined> =>
                pods.stranger.run([probe]).then((all) => all.get(probe.id)?.status);
            await eventually("403 from the new workload", 20, async () => {
                assert.equal(await results(), 403);
            });
            await allow(async () => {
                await eventually("200 once it is allowed", 20, async () => {
                    assert.equal(await results(), 200);
                });
            });
            await eventually("403 again", 20, async () => {
                assert.equal(await results(), 403);
            });
        });
    });
});
