import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { failed, passed } from "#checks/check.ts";
import type { Round } from "#checks/watch.ts";
import type { MetricsServer } from "#cli/verify/metrics.ts";
import { serveMetrics, WatchMetrics } from "#cli/verify/metrics.ts";
import { resultOf } from "../../checks/results.ts";

const BEGUN = new Date("2026-11-30T05:00:00Z");
const SECONDS = BEGUN.getTime() / 1000;
const ANY = { host: "127.0.0.1", port: 0 };

function roundOf(holds: boolean, seen: Round["seen"], begun = BEGUN): Round {
    return { number: 1, begun, milliseconds: 2500, holds, seen, changes: [] };
}

const green: Round["seen"] = {
    results: [resultOf("edge/a", passed("yes")), resultOf("edge/b", passed("yes"))],
    rounds: 1,
    milliseconds: 2000,
    leftOut: { checks: [resultOf("identity/c", passed("yes")).check], reason: "none wanted" },
};
const red: Round["seen"] = {
    ...green,
    results: [
        resultOf("edge/a", passed("yes")),
        ...Array.from({ length: 60 }, (_, index) =>
            resultOf(`edge/x${index}`, failed("yes", "no", "Mend it.")),
        ),
    ],
};

describe("the metrics of a watch", () => {
    const metrics = new WatchMetrics({ version: "1.2.3", stack: "dev", namespace: "a4co" });
    let server: MetricsServer;
    const lines = async (): Promise<readonly string[]> => {
        const response = await fetch(server.url);
        strictEqual(response.status, 200);
        match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
        return (await response.text()).split("\n").filter((line) => /^mesh/.test(line));
    };
    const has = async (...wanted: readonly string[]): Promise<void> => {
        const given = await lines();
        deepStrictEqual(
            wanted.filter((line) => !given.includes(line)),
            [],
            given.join("\n"),
        );
    };

    before(async () => {
        server = await serveMetrics(metrics.registry, ANY);
    });

    after(() => {
        server.close();
    });

    it("say before the first round what is watched, and that nothing ever held", async () => {
        await has(
            'mesh_verify_info{version="1.2.3",stack="dev",namespace="a4co"} 1',
            "mesh_verify_last_held_timestamp_seconds 0",
            'mesh_verify_rounds_total{result="held"} 0',
            'mesh_verify_rounds_total{result="broken"} 0',
            'mesh_verify_rounds_total{result="unasked"} 0',
        );
    });

    it("count the checks by section and by how they ended, those not asked too", async () => {
        metrics.observe(roundOf(true, green));
        await has(
            'mesh_verify_checks{section="edge",status="passed"} 2',
            'mesh_verify_checks{section="edge",status="failed"} 0',
            'mesh_verify_checks{section="identity",status="not_asked"} 1',
            `mesh_verify_last_held_timestamp_seconds ${SECONDS}`,
            `mesh_verify_last_round_timestamp_seconds ${SECONDS}`,
            "mesh_verify_last_round_duration_seconds 2.5",
            'mesh_verify_rounds_total{result="held"} 1',
        );
    });

    it("name what does not hold, up to a bound, and keep the time when all did", async () => {
        metrics.observe(roundOf(false, red, new Date(BEGUN.getTime() + 60_000)));
        await has(
            'mesh_verify_checks{section="edge",status="failed"} 60',
            'mesh_verify_broken_check{check="edge/x0"} 1',
            `mesh_verify_last_held_timestamp_seconds ${SECONDS}`,
            `mesh_verify_last_round_timestamp_seconds ${SECONDS + 60}`,
            'mesh_verify_rounds_total{result="broken"} 1',
        );
        const named = (await lines()).filter((line) => line.startsWith("mesh_verify_broken"));
        strictEqual(named.length, 50);
    });

    it("say nothing of the checks when nothing could be asked", async () => {
        metrics.observe(roundOf(false, { reason: "no route" }));
        await has('mesh_verify_rounds_total{result="unasked"} 1');
        ok(!(await lines()).some((line) => /^mesh_verify_(checks|broken)/.test(line)));
    });

    it("are given at one path, to GET alone", async () => {
        strictEqual((await fetch(new URL("/", server.url))).status, 404);
        strictEqual((await fetch(server.url, { method: "POST" })).status, 404);
    });

    it("are served by an address of IPv6 as well", async () => {
        const other = await serveMetrics(metrics.registry, { host: "::1", port: 0 });
        try {
            match(other.url, /^http:\/\/\[::1\]:\d+\/metrics$/);
            strictEqual((await fetch(other.url)).status, 200);
        } finally {
            other.close();
        }
    });

    it("refuse an address that is taken, in one sentence", async () => {
        const other = createServer().listen(0, "127.0.0.1");
        await once(other, "listening");
        const { port } = other.address() as AddressInfo;
        await rejects(serveMetrics(metrics.registry, { ...ANY, port }), {
            name: "EnvironmentError",
            message: new RegExp(
                `^--metrics-address: 127.0.0.1:${port} cannot be listened on: .*EADDRINUSE`,
            ),
        });
        other.close();
    });
});
