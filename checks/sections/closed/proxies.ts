import { isDeepStrictEqual } from "node:util";
import { runningPods } from "#live/pods.ts";
import type { RunningPod } from "#live/pods.ts";
import { proxyOfPod } from "#live/proxies/envoy.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { askUntil } from "#wait.ts";
import { listed } from "../../calls.ts";
import type { Check, Outcome } from "../../check.ts";
import { accepted, failed, passed } from "../../check.ts";
import { acceptedCauses } from "../../closed/closed-mesh.ts";
import { expectedObjects, expectedObjectsNow, somethingEnds } from "../../closed/expected.ts";
import type { Aspect } from "../../closed/judge.ts";
import { ASPECTS, judgeProxy } from "../../closed/judge.ts";
import { objectText, showCommand } from "../../closed/object-name.ts";
import type { Differences, Statement } from "../../closed/statement.ts";
import { merged } from "../../closed/statement.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { oncePerRun } from "../../live-mesh.ts";
import { proxiedWorkloads } from "../telemetry/workloads.ts";

/** A change that is under way is no finding: a proxy takes one in well under a second. */
const PATIENCE = { milliseconds: 1000, pause: 1000 };
/** How often it is judged anew where an experiment or a rehearsal began or ended in the meantime. */
const ROUNDS = 5;
/** What `istioctl proxy-config` calls the part of a proxy's configuration in which a side of it stands. */
const SHOWN_BY: Readonly<Record<Aspect, string>> = {
    access: "listener",
    doors: "listener",
    filters: "listener",
    routes: "route",
    reach: "cluster",
    reports: "listener",
};

/** What the pods of a workload do differently from what follows from the declarations. */
interface Judgement {
    readonly pods: readonly RunningPod[];
    readonly aspects: Readonly<Record<Aspect, Differences>>;
}

/** Every pod's proxy does what follows from the declarations, and nothing beside. */
export function proxyChecks(mesh: DeclaredMesh): Check[] {
    return proxiedWorkloads(mesh).flatMap((workload) => {
        const judged = oncePerRun((live) => judgeWorkload(live, workload));
        return Object.entries(ASPECTS).map(([aspect, what]): Check => {
            const side = aspect as Aspect;
            return {
                id: `closed/${side}/${workload}`,
                title: `${workload} ${what}, and nothing beside`,
                documentation: "https://istio.io/latest/docs/ops/diagnostic-tools/proxy-cmd/",
                run: async (live) => {
                    const judgement = await judged(live);
                    const found = judgement.aspects[side];
                    return isNone(found)
                        ? held(judgement)
                        : outcomeOf(side, workload, judgement, await acceptedCauses(live));
                },
            };
        });
    });
}

async function judgeWorkload(live: LiveMesh, workload: string): Promise<Judgement> {
    // The first answer is shared with the other checks.
    let first = true;
    const ask = async (): Promise<Judgement> => {
        const objects = await (first ? expectedObjects : expectedObjectsNow)(live);
        const pods = first
            ? await live.pods(workload)
            : await runningPods(live.core, workload, live.mesh.context);
        const proxies = await Promise.all(
            pods.map((pod) => (first ? live.proxyOf(pod) : proxyOfPod(live.kubeConfig, pod))),
        );
        first = false;
        const declarations = { mesh: live.mesh, objects };
        const judge = (aspect: Aspect): Differences =>
            merged(
                pods.flatMap((pod, index) => {
                    const proxy = proxies[index];
                    return proxy === undefined
                        ? []
                        : [judgeProxy(aspect, declarations, { workload, pod, proxy })];
                }),
            );
        return {
            pods,
            aspects: {
                access: judge("access"),
                doors: judge("doors"),
                filters: judge("filters"),
                routes: judge("routes"),
                reach: judge("reach"),
                reports: judge("reports"),
            },
        };
    };
    const holds = ({ aspects }: Judgement): boolean => Object.values(aspects).every(isNone);
    let expected = await expectedObjects(live);
    for (let left = ROUNDS; ; left -= 1) {
        const judgement = await askUntil(ask, holds, { ...PATIENCE, signal: live.signal });
        if (left === 1 || holds(judgement)) {
            return judgement;
        }
        const before = expected;
        expected = await expectedObjectsNow(live);
        if (isDeepStrictEqual(before, expected) && !(await somethingEnds(live))) {
            return judgement;
        }
    }
}

function isNone({ added, missing }: Differences): boolean {
    return added.length + missing.length === 0;
}

function held({ pods }: Judgement): Outcome {
    return passed(asDeclared(pods));
}

function asDeclared({ length }: readonly RunningPod[]): string {
    return `as declared in ${length} ${length === 1 ? "proxy" : "proxies"}`;
}

/** @param causes objects of which somebody answers for what they do, and how that is said */
function outcomeOf(
    aspect: Aspect,
    workload: string,
    { pods, aspects }: Judgement,
    causes: ReadonlyMap<string, string>,
): Outcome {
    const { added: all, missing } = aspects[aspect];
    const who = workload === INGRESS_GATEWAY ? "the gateway" : workload;
    const answerOf = ({ by }: Statement): string | undefined =>
        by === undefined ? undefined : causes.get(objectText(by));
    const added = all.filter((statement) => answerOf(statement) === undefined);
    const [pod] = pods;
    if (added.length + missing.length === 0) {
        return accepted(
            `${asDeclared(pods)}, but for what is accepted`,
            all.map((statement) => `${who} ${named(statement)}: ${answerOf(statement) ?? ""}`),
        );
    }
    const cause = [...added, ...missing].find(({ by }) => by !== undefined)?.by;
    const show =
        cause === undefined
            ? `istioctl proxy-config ${SHOWN_BY[aspect]} ${pod?.name ?? ""}.${pod?.namespace ?? ""} --output json`
            : showCommand(cause);
    return failed(
        "what follows from the declarations, and nothing beside",
        listed([
            ...added.map((statement) => `${who} ${named(statement)}; nobody declared it`),
            ...missing.map(
                (statement) => `it is declared that ${who} ${named(statement)}; it does not`,
            ),
        ]),
        `"${show}" shows it; deploy the stack again, or declare what is meant.`,
    );
}

function named({ text, by }: Statement): string {
    return by === undefined ? text : `${text} (${objectText(by)})`;
}
