import type { ChaosIntent } from "#model/chaos.ts";
import { milliseconds } from "#model/duration.ts";
import type { ChaosFacts, Finding } from "./facts.ts";
import { inPercent, judged, notJudged, timeoutOf, TOLERATED_LOSS } from "./facts.ts";
import type { LoggedRequest } from "./observe.ts";
import { flagsOf, successOf } from "./phases.ts";
import { protection } from "./protection.ts";

/** So many hits are expected at least before none of them means something. */
const ENOUGH = 10;

/** Whether the fault was seen, whether the declared protection acted, and whether all was well afterwards. */
export function findingsOf(facts: ChaosFacts): readonly Finding[] {
    return [experiment(facts), protection(facts), recovery(facts)];
}

function experiment(facts: ChaosFacts): Finding {
    const { intent, calls, chosen } = facts;
    const what = "the experiment";
    if (intent.kind === "vanish" || intent.kind === "kill-istiod") {
        return judged(
            what,
            chosen.pods.length > 0 && chosen.gone,
            `${chosen.pods.join(", ") || "no pod"} ${chosen.gone ? "is gone" : "is still there"}`,
        );
    }
    const hits = calls.filter((call) => isHit(call, intent)).length;
    const { delay, abort } = intent.fault ?? {};
    const share = (delay?.percent ?? abort?.percent ?? 100) / 100;
    const pods = intent.kind === "failing" ? Math.max(1, facts.pods) : 1;
    const expected = (calls.length * share) / pods;
    const seen = `${hits} of ${calls.length} requests from ${intent.caller} to ${intent.service.name}`;
    return hits === 0 && expected < ENOUGH
        ? notJudged(what, `${seen}, and fewer than ${ENOUGH} were to be expected`)
        : judged(what, hits > 0, seen);
}

/** Whether a request met the fault, by what the caller's proxy wrote about it. */
function isHit({ status, flags, milliseconds: took }: LoggedRequest, intent: ChaosIntent): boolean {
    const { delay, abort } = intent.fault ?? {};
    switch (intent.kind) {
        case "delay":
            return flags.split(",").includes("DI");
        case "abort":
            return flags.split(",").includes("FI");
        case "failing":
            return delay === undefined
                ? status === abort?.httpStatus
                : took >= Math.min(milliseconds(delay.fixedDelay), timeoutOf(intent.service));
        case "isolate":
            return status === 403;
        default:
            return status >= 500 || status === 0;
    }
}

function recovery({ phases: { before, after } }: ChaosFacts): Finding {
    const what = "the end of it";
    return after.requests === 0
        ? notJudged(what, "no request was made afterwards")
        : judged(
              what,
              successOf(after) >= successOf(before) - TOLERATED_LOSS,
              `${inPercent(successOf(after))} answered afterwards, ${inPercent(successOf(before))} before`,
          );
}

/** Flags that the caller's proxy wrote, the most frequent first, in one phrase. */
export function flagsInWords(calls: readonly LoggedRequest[]): string {
    const flags = Object.entries(flagsOf(calls)).sort(([, one], [, other]) => other - one);
    return flags.map(([flag, count]) => `${flag} ${count}`).join(", ") || "none";
}
