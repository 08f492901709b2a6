import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { questionOf } from "#live/requests.ts";
import { identityOf } from "#model/authorization.ts";
import type { ChaosKind } from "#model/chaos.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { publicHost } from "#model/mesh.ts";
import type { ChaosResult } from "./chaos.ts";
import { experiments, remainsOfChaos, runningOn } from "./chaos.ts";
import { assertClosed } from "./closed.ts";
import { throughGateway } from "./edge.ts";
import { stackObjects } from "./objects.ts";
import { context, eventually, mesh, probeSession, startMesh } from "./support.ts";

/** By then a change has reached the proxies. */
const SETTLING_MS = 3000;
/** A call by a pod that has a caller's identity but is none of its workload's pods: another caller, but for `isolate`. */
interface Bystander {
    readonly as: string;
    readonly to: string;
    readonly port: number;
    readonly path: string;
    /** Status that it gets while the experiment runs. */
    readonly status: number;
}

const [ORDER, PAYMENT, INVENTORY]: readonly Bystander[] = [
    { as: INGRESS_GATEWAY, to: "order-service", port: 3004, path: "/orders", status: 200 },
    {
        as: "order-service",
        to: "payment-service",
        port: 3006,
        path: "/payments/process",
        status: 200,
    },
    {
        as: "payment-service",
        to: "inventory-service",
        port: 3005,
        path: "/inventory/reserve",
        status: 200,
    },
] as const;

/** One short experiment, and what must be seen of it. */
interface Trial {
    readonly kind: ChaosKind;
    readonly service: string;
    readonly options: readonly string[];
    /** Who must not feel it, or must as well. */
    readonly bystanders: readonly Bystander[];
    readonly seen: (result: ChaosResult) => void;
}

function flagged(flag: string): (result: ChaosResult) => void {
    return ({ calls }) => {
        assert.ok((calls.flags[flag] ?? 0) > 5, `${flag}: ${JSON.stringify(calls)}`);
    };
}

function failed({ phases }: ChaosResult): void {
    // Connections that were open before keep what they had until they are drained.
    assert.ok(phases.during.succeeded < phases.during.requests, JSON.stringify(phases));
}

const TRIALS: readonly Trial[] = [
    {
        kind: "delay",
        service: "payment-service",
        options: ["--share", "100", "--delay", "1s"],
        bystanders: [PAYMENT],
        seen: (result) => {
            flagged("DI")(result);
            const { before, during, after } = result.phases;
            assert.ok(before.p95 < 1000 && after.p95 < 1000 && during.p50 >= 1000);
        },
    },
    {
        kind: "abort",
        service: "order-service",
        options: ["--share", "100", "--status", "500"],
        bystanders: [ORDER],
        seen: (result) => {
            flagged("FI")(result);
            failed(result);
        },
    },
    {
        kind: "failing",
        service: "payment-service",
        options: ["--status", "503"],
        // The pod fails for everybody.
        bystanders: [{ ...PAYMENT, status: 503 }],
        seen: failed,
    },
    {
        kind: "partition",
        service: "inventory-service",
        options: [],
        bystanders: [INVENTORY],
        seen: failed,
    },
    {
        kind: "isolate",
        service: "payment-service",
        options: ["--for", "10s"],
        // By identity, so that a pod with another label is refused as well; and no other caller is.
        bystanders: [{ ...PAYMENT, status: 403 }, INVENTORY],
        seen: failed,
    },
    {
        kind: "kill-istiod",
        service: "order-service",
        options: [],
        bystanders: [PAYMENT],
        seen: ({ phases: { during }, chosen }) => {
            assert.equal(during.succeeded, during.requests);
            assert.equal(chosen.pods.length, 1);
        },
    },
    {
        kind: "vanish",
        service: "inventory-service",
        options: ["--for", "12s"],
        // Whoever calls other services is as well off as before.
        bystanders: [ORDER],
        seen: ({ phases, chosen }) => {
            assert.ok(phases.during.succeeded < phases.during.requests);
            assert.equal(chosen.pods.length, 1);
        },
    },
];

describe("mesh chaos", () => {
    let session: ProbeSession;
    let pods: ReadonlyMap<string, ProbePod>;
    let stack: readonly object[];

    before(async () => {
        session = probeSession();
        const callers = [INGRESS_GATEWAY, "order-service", "payment-service"];
        pods = new Map(
            await Promise.all(
                callers.map(async (caller) => {
                    const inject = caller === INGRESS_GATEWAY;
                    const pod = await session.startAs(identityOf(caller, context), { inject });
                    return [caller, pod] as const;
                }),
            ),
        );
        stack = await stackObjects();
    });

    after(async () => {
        await experiments().stop();
        await session.close();
    });

    async function ask({ as, to, port, path }: Bystander): Promise<number | undefined> {
        const question = questionOf(to, port, path === "/orders" ? "GET" : "POST", path, context);
        const results = await pods.get(as)?.run([{ id: "bystander", ...question }]);
        const { status, milliseconds = Infinity } = results?.get("bystander") ?? {};
        return milliseconds < 1000 ? status : undefined;
    }

    for (const { kind, service, options, bystanders, seen } of TRIALS) {
        it(`${kind} on ${service} is felt by whom it is meant for, and ends`, async () => {
            const duration = options.includes("--for") ? [] : ["--for", "8s"];
            const command = startMesh(
                "chaos",
                "run",
                kind,
                service,
                "--json",
                ...duration,
                ...options,
            );
            await runningOn(service);
            await sleep(SETTLING_MS);
            for (const bystander of bystanders) {
                await eventually(`${bystander.to} answers`, 4, async () => {
                    assert.equal(await ask(bystander), bystander.status);
                });
            }
            const { exitCode, stdout, stderr } = await command;
            assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
            const result = JSON.parse(stdout) as ChaosResult;
            seen(result);
            assert.ok(result.phases.after.requests > 10, stdout);
            assert.deepEqual(await remainsOfChaos(), []);
        });
    }

    it("killed, its fault ends all the same; until then there is no second one, and it is listed", async () => {
        const arguments_ = ["chaos", "run", "delay", "payment-service", "--share", "100"];
        const command = startMesh(...arguments_, "--delay", "1s", "--for", "20s");
        await runningOn("payment-service");
        const begun = Date.now();
        await sleep(SETTLING_MS);
        command.kill("SIGKILL");
        assert.equal((await command).signal, "SIGKILL");
        const request = {
            scheme: "http",
            host: publicHost("order", context),
            path: "/orders",
            method: "POST",
            headers: { "content-type": "application/json", "x-mesh-probe": "chaos" },
            body: "{}",
        } as const;
        const sent = performance.now();
        assert.equal((await throughGateway(request)).status, 200);
        assert.ok(performance.now() - sent > 1000, "the fault is gone with the command");
        const [second, list] = await Promise.all([
            mesh("chaos", "run", "isolate", "payment-service", "--for", "5s"),
            mesh("chaos", "list"),
            // An experiment is what mesh makes for a time, whoever watches it.
            assertClosed(),
        ]);
        assert.equal(second.exitCode, 2);
        assert.match(second.stderr, /payment-service has an experiment already: 100 % of order-s/);
        assert.match(list.stdout, /^payment-service +delay +order-service +\d\d:\d\d:\d\d/m);
        await eventually("the cluster ended it", 30, async () => {
            return (await remainsOfChaos()).length === 0;
        });
        const seconds = (Date.now() - begun) / 1000;
        assert.ok(seconds > 15 && seconds < 30, `it took ${seconds} s`);
    });

    it("stop ends one that nobody watches any more", async () => {
        const command = startMesh("chaos", "run", "failing", "inventory-service", "--for", "300s");
        await runningOn("inventory-service");
        await sleep(SETTLING_MS);
        command.kill("SIGKILL");
        await command;
        const stopped = await mesh("chaos", "stop", "inventory-service");
        assert.equal(stopped.exitCode, 0, stopped.stderr);
        assert.match(stopped.stdout, /^Ended on inventory-service: 100 % of the requests/);
        await eventually("it is gone", 5, async () => (await remainsOfChaos()).length === 0);
        assert.match((await mesh("chaos", "list")).stdout, /No experiment runs/);
        assert.equal((await mesh("chaos", "stop", "inventory-service")).exitCode, 2);
    });

    it("is refused in prod", async () => {
        const run = await mesh(...["chaos", "run", "vanish", "payment-service", "--stack", "prod"]);
        assert.equal(run.exitCode, 2);
        assert.match(run.stderr, /environment is prod/);
        assert.equal(run.stdout, "");
    });

    it("has changed no object of the stack", async () => {
        assert.deepEqual(await stackObjects(), stack);
    });
});
