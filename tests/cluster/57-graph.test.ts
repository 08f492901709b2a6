import assert from "node:assert/strict";
import { once } from "node:events";
import type { LiveEdge, LiveGraph } from "#cli/graph/live-graph.ts";
import { questionOf } from "#live/requests.ts";
import { declaredEdges } from "#model/authorization.ts";
import { catalog } from "#services/catalog.ts";
import { payment } from "#services/payment.ts";
import { context, coreApi, eventually, mesh, probeSession, startMesh } from "./support.ts";
import { underTraffic } from "./traffic.ts";

const { namespace } = context;
/** An identity that calls in no other test, and in no other run. */
const STRANGER = `mesh-test-graph-${process.pid}`;
/** Two scrapes and what they take. */
const SEEN_SECONDS = 60;

async function graphNow(): Promise<LiveGraph> {
    const { exitCode, stdout, stderr } = await mesh("graph", "--window", "1m", "--format", "json");
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as LiveGraph;
}

/** One request by somebody whom nobody declared; it must be refused. */
async function askAsStranger(): Promise<void> {
    const session = probeSession();
    await coreApi().createNamespacedServiceAccount({
        namespace,
        body: { metadata: { name: STRANGER } },
    });
    try {
        const stranger = await session.startAs({ namespace, serviceAccount: STRANGER });
        const path = payment.routes[0].prefix;
        const question = questionOf(payment.name, payment.port, "GET", path, context);
        const answers = await stranger.run([{ ...question, id: "refused" }]);
        const answer = answers.get("refused");
        assert.equal(answer && "status" in answer ? answer.status : answer, 403);
    } finally {
        await session.close();
        await coreApi().deleteNamespacedServiceAccount({ namespace, name: STRANGER });
    }
}

function edgeOfStranger({ edges }: LiveGraph): LiveEdge | undefined {
    return edges.find(({ from }) => from === `${STRANGER}.${namespace}`);
}

describe("mesh graph and mesh dashboard", () => {
    it("the graph is the declared one, and one refused request of a stranger is marked", async () => {
        let graph = await graphNow();
        assert.equal(edgeOfStranger(graph), undefined);
        await underTraffic(async () => {
            await askAsStranger();
            await eventually("every call is in the graph", SEEN_SECONDS, async () => {
                graph = await graphNow();
                const isUsed = graph.edges.every(({ state }) => state !== "unused");
                return isUsed && edgeOfStranger(graph) !== undefined;
            });
        });
        // Earlier tests ask under every identity, and are refused.
        const answered = graph.edges.filter(
            ({ state, requests }) =>
                state === "declared" || (requests !== null && requests.refusedShare < 1),
        );
        assert.deepEqual(
            answered.map(({ from, to }) => `${from} ${to}`),
            declaredEdges(catalog)
                .map(({ caller, callee }) => `${caller} ${callee}`)
                .sort(),
        );
        for (const { from, to, state, mutualTlsShare, requests, connections } of answered) {
            const edge = `${from} ${to}`;
            assert.deepEqual([state, mutualTlsShare], ["declared", 1], edge);
            const isTcp = catalog.backing.some(({ name }) => name === to);
            assert.equal(requests === null, isTcp, edge);
            assert.ok(isTcp ? (connections?.open ?? 0) >= 1 : (requests?.p95Milliseconds ?? 0) > 0);
        }
        const refused = edgeOfStranger(graph);
        assert.deepEqual([refused?.to, refused?.state], [payment.name, "undeclared"]);
        assert.equal(refused?.requests?.refusedShare, 1);
    });

    it("a dashboard is there until it is interrupted, which ends it well", async () => {
        const running = startMesh("dashboard", "prometheus", "--port", "0");
        const [line] = (await once(running.stdout, "data")) as [Buffer];
        const [address = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line.toString()) ?? [];
        const answers = await Promise.all([1, 2].map(() => fetch(`${address}-/ready`)));
        assert.deepEqual(
            answers.map(({ status }) => status),
            [200, 200],
        );
        running.kill("SIGINT");
        const { exitCode, stderr } = await running;
        assert.equal(exitCode, 0, stderr);
        await assert.rejects(fetch(address), TypeError);
    });
});
