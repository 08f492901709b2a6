import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import { CALLERS_AT_A_TIME, ProbePods } from "#checks/probe-pods.ts";
import type { ProbePod } from "#live/probes/session.ts";
import type { PodName } from "#live/pods.ts";
import { OUTSIDER, STRANGER } from "#model/reserved-names.ts";
import { CONTEXT } from "../model/context.ts";

/** A session whose pods start at once, and which counts them. */
class FakeSession {
    readonly running = new Set<string>();
    readonly started: string[] = [];
    most = 0;
    broken = false;

    async start({ name, namespace }: PodName): Promise<ProbePod> {
        await turn();
        if (this.broken) {
            throw new Error("no room");
        }
        this.running.add(name);
        this.started.push(name);
        this.most = Math.max(this.most, this.running.size);
        return { name, namespace, ip: "10.0.0.1", run: () => Promise.resolve(new Map()) };
    }

    startAs({ namespace, serviceAccount }: { namespace: string; serviceAccount: string }) {
        return this.start({ namespace, name: serviceAccount });
    }

    async stop({ name }: PodName): Promise<void> {
        await turn();
        this.running.delete(name);
    }
}

function podsOf(session: FakeSession): ProbePods {
    return new ProbePods(session, { context: CONTEXT });
}

const CALLERS = Array.from({ length: 5 * CALLERS_AT_A_TIME }, (_, index) => `s${index}`);

describe("the probe pods of many callers", () => {
    it("are never more at a time than the bound, and each caller is served by its own", async () => {
        const session = new FakeSession();
        const pods = podsOf(session);
        const served = await Promise.all(
            [...CALLERS, ...CALLERS].map((caller) =>
                pods.use(caller, async ({ name }) => {
                    await turn();
                    ok(session.running.has(name), `${name} is gone while it is in use`);
                    return name;
                }),
            ),
        );
        deepStrictEqual(served, [...CALLERS, ...CALLERS]);
        strictEqual(session.most, CALLERS_AT_A_TIME);
    });

    it("stay where they are few, and are asked again without being started again", async () => {
        const session = new FakeSession();
        const pods = podsOf(session);
        const few = CALLERS.slice(0, CALLERS_AT_A_TIME);
        for (let round = 0; round < 2; round += 1) {
            await Promise.all(few.map((caller) => pods.use(caller, () => Promise.resolve())));
        }
        deepStrictEqual(session.started, few);
    });

    it("make room in the order in which they were used last", async () => {
        const session = new FakeSession();
        const pods = podsOf(session);
        const [first = "", second = "", ...others] = CALLERS.slice(0, CALLERS_AT_A_TIME + 1);
        for (const caller of [first, second, ...others.slice(0, -1), first, ...others.slice(-1)]) {
            await pods.use(caller, () => Promise.resolve());
        }
        ok(session.running.has(first));
        ok(!session.running.has(second));
    });

    it("leave those alone that every check may ask from", async () => {
        const session = new FakeSession();
        const pods = podsOf(session);
        await Promise.all([STRANGER, OUTSIDER].map((name) => pods.use(name, async () => turn())));
        await Promise.all(CALLERS.map((caller) => pods.use(caller, () => Promise.resolve())));
        ok(session.running.has(STRANGER) && session.running.has(OUTSIDER));
        strictEqual(session.most, CALLERS_AT_A_TIME + 2);
    });

    it("are started again where they did not start, and hold nobody up", async () => {
        const session = new FakeSession();
        const pods = podsOf(session);
        session.broken = true;
        const use = (caller: string): Promise<string> =>
            pods.use(caller, ({ name }) => Promise.resolve(name));
        await Promise.all(CALLERS.map((caller) => rejects(use(caller), { message: "no room" })));
        await rejects(pods.standing(STRANGER), { message: "no room" });
        session.broken = false;
        deepStrictEqual(await Promise.all(CALLERS.map(use)), CALLERS);
        strictEqual((await pods.standing(STRANGER)).name, STRANGER);
    });
});
