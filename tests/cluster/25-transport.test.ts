import assert from "node:assert/strict";
import { tcpEdges } from "#checks/matrix.ts";
import { CONTROL_PORT } from "#checks/probe-pods.ts";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { catalog } from "#services/catalog.ts";
import { allowedRequest, ping, probeOf, WORKLOADS } from "./matrix.ts";
import type { ProbePods } from "./pods.ts";
import { startPods } from "./pods.ts";
import { context, probeSession } from "./support.ts";

/** Outside the mesh: neither injected nor known to any policy. */
const OUTSIDE = "default";

describe("transport of the mesh", () => {
    let session: ProbeSession;
    let pods: ProbePods;

    before(async () => {
        session = probeSession();
        pods = await startPods(session);
    });

    after(() => session.close());

    describe("plaintext", () => {
        let outsider: ProbePod;
        let control: ProbePod;

        before(async () => {
            [outsider, control] = await Promise.all([
                session.start({ namespace: OUTSIDE, name: "plaintext" }),
                session.start({ namespace: OUTSIDE, name: "control", serve: CONTROL_PORT }),
            ]);
        });

        for (const callee of catalog.services) {
            it(`to ${callee.name} is refused, from a pod that does reach others`, async () => {
                const { method, path } = allowedRequest(callee);
                const toControl = {
                    ...probeOf("control", CONTROL_PORT, method, path),
                    host: control.ip,
                };
                const toCallee = probeOf(callee.name, callee.port, method, path);
                const results = await outsider.run([toControl, toCallee]);
                assert.equal(results.get(toControl.id)?.status, 200);
                assert.equal(results.get(toCallee.id)?.status, undefined);
                assert.equal(results.get(toCallee.id)?.error, "ECONNRESET");
            });
        }

        for (const callee of catalog.backing) {
            it(`to ${callee.name} is refused, from a pod that does reach others`, async () => {
                const toControl = {
                    id: "control",
                    host: control.ip,
                    port: CONTROL_PORT,
                    send: "GET / HTTP/1.0\r\n\r\n",
                    expect: "HTTP/1.1 200 OK",
                };
                const toCallee = ping(callee);
                const results = await outsider.run([toControl, toCallee]);
                assert.equal(results.get(toControl.id)?.matched, true);
                assert.equal(results.get(toCallee.id)?.matched, undefined);
                assert.equal(results.get(toCallee.id)?.received, "");
                assert.equal(results.get(toCallee.id)?.error, "ECONNRESET");
            });
        }
    });

    describe("server-first TCP", () => {
        for (const callee of catalog.backing) {
            const question = ping(callee);
            const allowed = tcpEdges({ catalog, context })
                .filter((edge) => edge.callee === callee.name)
                .map(({ caller }) => caller);

            it(`${allowed.join(", ")} -> ${callee.name} is answered`, async () => {
                assert.ok(allowed.length > 0);
                for (const caller of allowed) {
                    const result = (await pods.as(caller).run([question])).get(question.id);
                    assert.equal(result?.matched, true, JSON.stringify(result));
                }
            });

            it(`others get no answer from ${callee.name}, whatever its banner`, async () => {
                const others = WORKLOADS.filter((name) => !allowed.includes(name));
                for (const from of [...others.map((name) => pods.as(name)), pods.stranger]) {
                    const result = (await from.run([question])).get(question.id);
                    assert.equal(result?.matched, undefined, JSON.stringify(result));
                    assert.equal(result?.error, "CLOSED", JSON.stringify(result));
                }
            });
        }
    });
});
