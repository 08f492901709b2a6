import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { tripped } from "#cli/load/judging.ts";
import type { Evidence, HostsSeen } from "#cli/load/scenario.ts";
import { ejectionLimit, judgeLimit } from "#cli/load/scenarios/ejection-limit.ts";
import { hungReplica, judgeHung } from "#cli/load/scenarios/hung-replica.ts";
import {
    ejectionPlan,
    judgeEjection,
    outlierEjection,
} from "#cli/load/scenarios/outlier-ejection.ts";
import { judgePanic, panic, panicPlan } from "#cli/load/scenarios/panic.ts";
import type { Duration } from "#model/intents.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { BEGIN, broken, evidence } from "./evidence.ts";

const [FAILING, HEALTHY] = ["10.0.0.9", "10.0.0.1"];

function hosts(ejected: readonly string[]): readonly HostsSeen[] {
    return [{ at: BEGIN + 9000, failing: [FAILING], ejected }];
}

/** What is seen after the return. */
interface Second {
    readonly errors?: number;
    readonly ejections?: number;
    readonly ejected?: readonly string[];
}

describe("load: outlier ejection", () => {
    const plan = ejectionPlan(payment);
    const early = (count: number) => ({ count, status: 503, between: [0, 0.2] as const });
    const run = (
        errors: Parameters<typeof evidence>[0][number]["requests"],
        ejected: readonly string[] = [FAILING],
        waited?: number,
        second: Second = {},
    ): Evidence =>
        evidence(
            [
                {
                    name: "failing",
                    requests: [{ count: 170 }, ...errors],
                    counted: { ejections: ejected.length, ejected: ejected.length },
                },
                ...(waited === undefined
                    ? []
                    : [
                          {
                              name: "waiting",
                              requests: [{ count: 20 }],
                              counted: { ejected: 0 },
                              milliseconds: waited * 1000,
                          },
                          {
                              name: "again",
                              requests: [
                                  { count: 170 },
                                  { count: second.errors ?? 7, status: 503 },
                              ],
                              counted: {
                                  ejections: second.ejections ?? 1,
                                  ejected: second.ejections ?? 1,
                              },
                          },
                      ]),
            ],
            [...hosts(ejected), ...hosts(second.ejected ?? [FAILING])],
        );

    it("takes its numbers from the declaration", () => {
        deepStrictEqual(
            [plan.replicas, plan.consecutive, plan.back, plan.tooLong, plan.secondTime],
            [4, 3, { earliest: 60, latest: 80 }, false, 120],
        );
        const lasting = (baseEjectionTime: Duration) =>
            ejectionPlan({
                ...payment,
                outlierDetection: { ...payment.outlierDetection, baseEjectionTime },
            });
        deepStrictEqual([lasting("4m").tooLong, lasting("4m").secondTime], [true, 300]);
        strictEqual(lasting("6m").secondTime, 360);
    });

    it("goes on after the return until errors without an ejection would be too many", () => {
        for (const service of catalog.services) {
            const { again, replicas, mostErrors } = ejectionPlan(service);
            ok((again * 15) / replicas > mostErrors, service.name);
        }
    });

    it("holds where the first errors are the last, and the host comes back in time and is ejected again", () => {
        deepStrictEqual(broken(judgeEjection(run([early(5)], [FAILING], 70), plan)), []);
    });

    it("does not trip where errors go on and nobody is ejected", () => {
        const claims = judgeEjection(run([{ count: 45, status: 503 }], []), plan);
        strictEqual(tripped(claims), false);
    });

    it("sees a healthy replica ejected, too many errors, errors that go on, and no failure", () => {
        const ejects = "it is ejected after 3 errors in a row";
        const few = "callers see its first errors and no more";
        const fails = "the failing replica does fail";
        deepStrictEqual(broken(judgeEjection(run([early(5)], [HEALTHY]), plan)), [ejects]);
        deepStrictEqual(broken(judgeEjection(run([early(40)]), plan)), [few]);
        deepStrictEqual(
            broken(
                judgeEjection(run([early(5), { count: 1, status: 503, between: [0.8, 1] }]), plan),
            ),
            [few],
        );
        deepStrictEqual(broken(judgeEjection(run([]), plan)), [fails]);
    });

    it("sees a host that comes back too early or too late", () => {
        for (const seconds of [20, 120]) {
            deepStrictEqual(broken(judgeEjection(run([early(5)], [FAILING], seconds), plan)), [
                "it comes back after its ejection time and is tried again",
            ]);
        }
    });

    it("sees a host that is not ejected a second time, later than the first, or in another's place", () => {
        const again = "it still fails, and is ejected a second time, for up to 120 s";
        const few = "the second time as well callers see its first errors and no more";
        const broke = (second: Second): readonly string[] =>
            broken(judgeEjection(run([early(5)], [FAILING], 70, second), plan));
        deepStrictEqual(broke({ errors: 60, ejections: 0, ejected: [] }), [again, few]);
        deepStrictEqual(broke({ errors: 19 }), [few]);
        deepStrictEqual(broke({ errors: 19, ejections: 2 }), []);
        deepStrictEqual(broke({ errors: 0 }), [few]);
        deepStrictEqual(broke({ ejected: [HEALTHY] }), [again]);
        deepStrictEqual(broke({ ejected: [] }), [again]);
    });

    it("states the errors of each time", () => {
        const [, again] = judgeEjection(run([early(5)], [FAILING], 70), plan).slice(-2);
        strictEqual(again?.seen, "7 errors in 1 ejection, the first time 5");
    });

    it("says why nothing can be ejected, or no error seen", () => {
        match(
            outlierEjection.inapplicable({ ...payment, replicas: 3 }, "order-service") ?? "",
            /less than one/,
        );
        const callers = { "order-service": [{ methods: ["GET"], paths: ["/payments"] }] } as const;
        match(
            outlierEjection.inapplicable({ ...payment, callers }, "order-service") ?? "",
            /tried again/,
        );
        strictEqual(outlierEjection.inapplicable(payment, "order-service"), undefined);
    });
});

describe("load: a hung replica", () => {
    const run = (waits: number, later: number, ejected: readonly string[]): Evidence =>
        evidence(
            [
                {
                    name: "hanging",
                    requests: [{ count: 100 }, { count: waits, milliseconds: 3005 }],
                    counted: { ejections: ejected.length },
                },
                { name: "later", requests: [{ count: 50 }, { count: later, milliseconds: 3005 }] },
            ],
            hosts(ejected),
        );

    it("holds where it is ejected and nobody waits from then on", () => {
        deepStrictEqual(broken(judgeHung(run(4, 0, [FAILING]), 3000)), []);
    });

    it("does not trip where it stays and callers go on waiting", () => {
        strictEqual(tripped(judgeHung(run(4, 5, []), 3000)), false);
    });

    it("sees a replica that did not hang, and callers that wait afterwards", () => {
        deepStrictEqual(broken(judgeHung(run(0, 0, [FAILING]), 3000)), [
            "the hung replica does keep callers waiting",
        ]);
        deepStrictEqual(broken(judgeHung(run(4, 1, [FAILING]), 3000)), [
            "from then on nobody waits for it",
        ]);
    });

    it("says why it takes too long", () => {
        const [route] = payment.routes;
        const routes = [{ prefix: route.prefix, timeout: "30s" }] as const;
        match(hungReplica.inapplicable({ ...payment, routes }, "order-service") ?? "", /30 s/);
        strictEqual(hungReplica.inapplicable(payment, "order-service"), undefined);
    });
});

describe("load: the ejection limit", () => {
    const run = (
        errors: number,
        counted: Parameters<typeof evidence>[0][number]["counted"],
    ): Evidence =>
        evidence([
            {
                name: "failing",
                requests: [{ count: 100 }, { count: errors, status: 503 }],
                ...(counted && { counted }),
            },
        ]);

    it("tells a denied ejection from a carried-out one", () => {
        deepStrictEqual(broken(judgeLimit(run(50, { ejectionsDenied: 20 }), 3)), []);
        strictEqual(tripped(judgeLimit(run(50, { ejectionsDenied: 20, ejections: 1 }), 3)), false);
        strictEqual(tripped(judgeLimit(run(50, {}), 3)), false);
    });

    it("does not take errors that end for a limit", () => {
        strictEqual(broken(judgeLimit(run(2, { ejectionsDenied: 20 }), 3)).length, 1);
    });

    it("has nothing to show where everybody may be ejected", () => {
        const outlierDetection = { ...payment.outlierDetection, maxEjectionPercent: 100 };
        ok(ejectionLimit.inapplicable({ ...payment, outlierDetection }, "order-service"));
    });
});

describe("load: panic", () => {
    const run = (
        errors: number,
        counted: Parameters<typeof evidence>[0][number]["counted"],
        ejected: readonly string[],
    ): Evidence =>
        evidence(
            [
                {
                    name: "failing",
                    requests: [{ count: 150 - errors }, { count: errors, status: 503 }],
                    ...(counted && { counted }),
                },
            ],
            hosts(ejected),
        );
    const tight = {
        ...order,
        outlierDetection: { ...order.outlierDetection, minHealthPercent: 60 },
    };

    it("knows from the declaration whether it comes to that", () => {
        deepStrictEqual(
            [panicPlan(order).panics, panicPlan(order).ejected, panicPlan(order).healthy],
            [false, 1, 50],
        );
        strictEqual(panicPlan(tight).panics, true);
    });

    it("holds without panic where enough stay healthy", () => {
        const plan = panicPlan(order);
        deepStrictEqual(broken(judgePanic(run(150, { ejections: 1 }, [FAILING]), plan)), []);
        strictEqual(
            tripped(judgePanic(run(150, { ejections: 1, panic: 9 }, [FAILING]), plan)),
            false,
        );
        strictEqual(tripped(judgePanic(run(150, {}, []), plan)), false);
        strictEqual(tripped(judgePanic(run(150, {}, [FAILING, HEALTHY]), plan)), false);
    });

    it("wants panic where too few do", () => {
        const plan = panicPlan(tight);
        deepStrictEqual(broken(judgePanic(run(150, { panic: 9 }, [FAILING]), plan)), []);
        strictEqual(tripped(judgePanic(run(150, { ejections: 1 }, [FAILING]), plan)), false);
    });

    it("sees that not every replica failed", () => {
        strictEqual(
            broken(judgePanic(run(100, { ejections: 1 }, [FAILING]), panicPlan(order))).length,
            1,
        );
    });

    it("applies only where a share is declared", () => {
        match(panic.inapplicable(payment, "order-service") ?? "", /minHealthPercent/);
        strictEqual(panic.inapplicable(order, "ingress-gateway"), undefined);
    });
});
