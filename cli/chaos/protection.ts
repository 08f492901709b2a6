import { ejectableHosts } from "#model/advice.ts";
import { milliseconds } from "#model/duration.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { ChaosFacts, Finding } from "./facts.ts";
import { inPercent, inSeconds, judged, notJudged, timeoutOf, TOLERATED_LOSS } from "./facts.ts";
import { successOf } from "./phases.ts";

/** An answer may come this much later than a timeout, on a busy machine. */
const TOLERANCE_MS = 1000;

/** What the service's declared protection did about the fault, as far as it can be told. */
export function protection(facts: ChaosFacts): Finding {
    switch (facts.intent.kind) {
        case "delay":
            return delayed(facts);
        case "abort":
            return notJudged(
                "the breaker and the retries",
                "an answer of the caller's own proxy reaches neither; a failing pod does (failing)",
            );
        case "failing":
            return facts.intent.fault?.delay === undefined ? ejection(facts) : hung(facts);
        case "vanish":
            return spare(facts);
        case "kill-istiod":
            return untouched(facts);
        case "partition":
            return cutOff(facts);
        case "isolate":
            return notJudged(
                "the breaker and the retries",
                "403 is an answer, no failure; a cut network is one (partition)",
            );
    }
}

function delayed(facts: ChaosFacts): Finding {
    const { intent, request, phases } = facts;
    const limit = timeoutOf(request.entry, request.path);
    const delay = milliseconds(intent.fault?.delay?.fixedDelay ?? "1ms");
    if (intent.caller === INGRESS_GATEWAY) {
        return notJudged(
            "a timeout",
            "the route's own timeout leaves out a delay in the caller's proxy; a pod that hangs is under it (failing --delay)",
        );
    }
    if (delay <= limit) {
        return notJudged(
            "a timeout",
            `none is shorter than the delay: ${request.entry.name} has ${inSeconds(limit)}`,
        );
    }
    // Every request through the gateway has to end within the timeout of its route.
    const what = `the timeout (${request.entry.name}: ${inSeconds(limit)})`;
    const { requests, max } = phases.during;
    return requests === 0
        ? notJudged(what, "no request was made")
        : judged(what, max <= limit + TOLERANCE_MS, `the longest answer took ${inSeconds(max)}`);
}

function hung(facts: ChaosFacts): Finding {
    const { intent } = facts;
    const limit = timeoutOf(intent.service);
    const delay = milliseconds(intent.fault?.delay?.fixedDelay ?? "1ms");
    return delay <= limit
        ? notJudged(
              "the timeout",
              `the pod answers in time: ${intent.service.name} has ${inSeconds(limit)}`,
          )
        : cutOff(facts);
}

/** Every request of the caller's has to end within the service's timeout. */
function cutOff({ intent, calls }: ChaosFacts): Finding {
    const limit = timeoutOf(intent.service);
    const longest = Math.max(0, ...calls.map(({ milliseconds: took }) => took));
    const what = `the timeout (${intent.service.name}: ${inSeconds(limit)})`;
    const seen = `the longest of ${calls.length} requests took ${inSeconds(longest)}`;
    return calls.length === 0
        ? notJudged(what, seen)
        : judged(what, longest <= limit + TOLERANCE_MS, seen);
}

function ejection({ intent, pods, calls, counters }: ChaosFacts): Finding {
    const { consecutive5xxErrors, maxEjectionPercent } = intent.service.outlierDetection;
    const what = "outlier ejection";
    const status = intent.fault?.abort?.httpStatus ?? 503;
    const errors = calls.filter((call) => call.status === status).length;
    if (ejectableHosts(pods, maxEjectionPercent) === 0) {
        return notJudged(
            what,
            `one of ${pods} pods is ${Math.round(100 / pods)} %, and at most ${maxEjectionPercent} % may be ejected here`,
        );
    }
    if (status < 500) {
        return notJudged(what, `${status} counts as no error of a pod`);
    }
    if (counters.ejections === 0 && errors < 2 * consecutive5xxErrors) {
        return notJudged(
            what,
            `${errors} errors were too few for ${consecutive5xxErrors} in a row`,
        );
    }
    return judged(
        what,
        counters.ejections > 0,
        `${counters.ejections} ejections, ${counters.ejectionsDenied} denied, after ${errors} errors`,
    );
}

function spare({ pods, phases, counters }: ChaosFacts): Finding {
    const what = "the other pods and the retries";
    const success = successOf(phases.during);
    return pods < 2
        ? notJudged(what, `there is no other pod; ${inPercent(success)} answered`)
        : judged(
              what,
              success >= 1 - TOLERATED_LOSS,
              `${inPercent(success)} answered, ${counters.retries} requests tried again`,
          );
}

function untouched({ phases }: ChaosFacts): Finding {
    const { before, during } = phases;
    return judged(
        "the proxies without istiod",
        successOf(during) >= successOf(before),
        `${during.succeeded} of ${during.requests} answered`,
    );
}
