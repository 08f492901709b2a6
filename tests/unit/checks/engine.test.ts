import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ApiException, KubeConfig } from "@kubernetes/client-node";
import type { Check } from "#checks/check.ts";
import { failed, passed, skipped } from "#checks/check.ts";
import { runChecks, verify } from "#checks/engine.ts";
import type { Progress } from "#checks/engine.ts";
import { LiveMesh } from "#checks/live-mesh.ts";
import { ProbePods } from "#checks/probe-pods.ts";
import { reasonOf } from "#live/kubernetes/errors.ts";
import { ProbeSession } from "#live/probes/session.ts";
import { UnansweredError } from "#network/exchange.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { checkOf } from "./results.ts";

/** A cluster that must not be asked. */
function noCluster(): KubeConfig {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(
        { name: "none", server: "https://127.0.0.1:9", skipTLSVerify: false },
        { name: "none" },
    );
    return kubeConfig;
}

async function worldOf(signal: AbortSignal): Promise<LiveMesh> {
    const { mesh } = await declaredMesh({ stack: "local" }, true);
    const kubeConfig = noCluster();
    const session = new ProbeSession({ kubeConfig, image: "none", lifetimeSeconds: 1 });
    return new LiveMesh({ mesh, kubeConfig, probePods: new ProbePods(session, mesh), signal });
}

const holds = checkOf("preflight/api", () => Promise.resolve(passed("yes")));
const broken = checkOf("install/istiod", () => Promise.reject(new Error("no route\n to host")));
const never = checkOf("config/synced", () => new Promise(() => undefined));

describe("the engine of mesh verify", () => {
    it("runs checks at once and keeps their order", async () => {
        const ended: string[] = [];
        let release: () => void = () => undefined;
        const waits = checkOf("edge/http", async () => {
            await new Promise<void>((resolve) => (release = resolve));
            return passed("late");
        });
        const results = await runChecks(
            [waits, holds],
            await worldOf(new AbortController().signal),
            ({ check }) => {
                ended.push(check.id);
                release();
            },
        );
        deepStrictEqual(ended, [holds.id, waits.id]);
        deepStrictEqual(
            results.map(({ check }) => check.id),
            [waits.id, holds.id],
        );
    });

    it("takes a check that could not ask for one that does not hold", async () => {
        const live = await worldOf(new AbortController().signal);
        const [result] = await runChecks([broken], live);
        deepStrictEqual(result?.outcome, {
            status: "failed",
            expected: broken.title,
            seen: "the mesh could not be asked: no route to host",
            hint: "Mend what stopped the question first.",
        });
    });

    it("ends at once where the API server answers no more: that says nothing about the mesh", async () => {
        const silence = new UnansweredError("127.0.0.1:6443", "nothing came within 35 s");
        const silent = checkOf("install/istiod", () => Promise.reject(silence));
        const running = runChecks([never, silent], await worldOf(new AbortController().signal));
        await rejects(running, silence);
    });

    it("ends at once when it is interrupted, whatever a check waits for", async () => {
        const interruption = new AbortController();
        const running = runChecks([never], await worldOf(interruption.signal));
        interruption.abort();
        await rejects(running, { name: "AbortError" });
    });

    const options = async (
        checks: readonly Check[],
        waitSeconds: number,
        onProgress?: (progress: Progress) => void,
    ): Promise<Parameters<typeof verify>[0]> => ({
        mesh: (await declaredMesh({ stack: "local" }, true)).mesh,
        kubeConfig: noCluster(),
        probeImage: "none",
        checks,
        signal: new AbortController().signal,
        waitSeconds,
        ...(onProgress && { onProgress }),
    });

    it("tries again until all hold, and counts every round anew", async () => {
        const seen: string[] = [];
        let runs = 0;
        const second = checkOf("edge/http", () => {
            runs += 1;
            return Promise.resolve(runs < 2 ? failed("2", "1", "Wait.") : passed("2"));
        });
        const skips = checkOf("telemetry/trace", () => Promise.resolve(skipped("none")));
        const run = await verify(
            await options([second, skips], 60, ({ round, ended, failed: red, total }) => {
                seen.push(`${round}: ${ended}/${total}, ${red}`);
            }),
        );
        deepStrictEqual(seen, [
            "1: 0/2, 0",
            "1: 1/2, 1",
            "1: 2/2, 1",
            "2: 0/2, 0",
            "2: 1/2, 0",
            "2: 2/2, 0",
        ]);
        deepStrictEqual(
            run.results.map(({ outcome }) => outcome.status),
            ["passed", "skipped"],
        );
        strictEqual(run.rounds, 2);
        ok(run.milliseconds >= 2000);
    });

    it("keeps nothing of a run that is over", async () => {
        setFlagsFromString("--expose-gc");
        const collect = runInNewContext("gc") as () => void;
        const asked: WeakRef<LiveMesh>[] = [];
        const given = await options(
            [
                {
                    ...holds,
                    run: (live) => {
                        asked.push(new WeakRef(live));
                        return Promise.resolve(passed("yes"));
                    },
                },
            ],
            0,
        );
        for (let run = 0; run < 3; run += 1) {
            await verify(given);
        }
        await turn();
        collect();
        strictEqual(asked.length, 3);
        deepStrictEqual(
            asked.map((live) => live.deref()),
            [undefined, undefined, undefined],
        );
    });

    it("tries once where there is no time to try again", async () => {
        const run = await verify(await options([broken, holds], 1));
        strictEqual(run.rounds, 1);
        strictEqual(run.leftover, undefined);
    });
});

describe("the reason of a failed call", () => {
    it("is what the API server said", () => {
        const said = JSON.stringify({ kind: "Status", message: "pods is forbidden" });
        strictEqual(reasonOf(new ApiException(403, "Unknown", said, {})), "pods is forbidden");
        strictEqual(
            reasonOf(new ApiException(502, "Unknown", "<html>", {})),
            "the API server answered 502",
        );
    });

    it("is one line, and never empty", () => {
        strictEqual(reasonOf(new Error("a\n  b")), "a b");
        match(
            reasonOf(Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })),
            /^ECONNREFUSED$/,
        );
    });
});
