import { milliseconds } from "#model/duration.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { ChaosFacts, Finding } from "./facts.ts";
import { inPercent, inSeconds, timeoutOf, TOLERATED_LOSS } from "./facts.ts";
import { successOf } from "./phases.ts";

/** An answer may come this much later than a timeout, on a busy machine. */
const TOLERANCE_MS = 1000;

/** What the service's declared protection did about the fault, as far as it can be told. */
export function protection(facts: ChaosFacts): Finding {
    switch (facts.intent.kind) {
        case "delay":
            return delayed(facts);
        case "abort":
            return {
                what: "the breaker and the retries",
                outcome: "not judged",
                seen: "an answer of the caller's own proxy reaches neither; a failing pod does (failing)",
            };
        case "failing":
            return facts.intent.fault?.delay === undefined ? ejection(facts) : hung(facts);
        case "vanish":
            return spare(facts);
        case "kill-istiod":
            return untouched(facts);
        case "partition":
            return cutOff("the timeout", facts);
        case "isolate":
            return {
                what: "the breaker and the retries",
                outcome: "not judged",
                seen: "403 is an answer, no failure; a cut network is one (partition)",
            };
    }
}

/** Every request through the gateway ended within the timeout of its route. */
function ends(what: string, { request, phases }: ChaosFacts): Finding {
    const limit = timeoutOf(request.entry, request.path);
    const { requests, max } = phases.during;
    return {
        what: `${what} (${request.entry.name}: ${inSeconds(limit)})`,
        outcome:
            requests === 0 ? "not judged" : max <= limit + TOLERANCE_MS ? "acted" : "did not act",
        seen: requests === 0 ? "no request was made" : `the longest answer took ${inSeconds(max)}`,
    };
}

function delayed(facts: ChaosFacts): Finding {
    const { intent, request } = facts;
    const what = "a timeout";
    const limit = timeoutOf(request.entry, request.path);
    const delay = milliseconds(intent.fault?.delay?.fixedDelay ?? "1ms");
    if (intent.caller === INGRESS_GATEWAY) {
        return {
            what,
            outcome: "not judged",
            seen: "the route's own timeout leaves out a delay in the caller's proxy; a pod that hangs is under it (failing --delay)",
        };
    }
    return delay <= limit
        ? {
              what,
              outcome: "not judged",
              seen: `none is shorter than the delay: ${request.entry.name} has ${inSeconds(limit)}`,
          }
        : ends("the timeout", facts);
}

function hung(facts: ChaosFacts): Finding {
    const { intent } = facts;
    const what = "the timeout";
    const limit = timeoutOf(intent.service);
    const delay = milliseconds(intent.fault?.delay?.fixedDelay ?? "1ms");
    return delay <= limit
        ? {
              what,
              outcome: "not judged",
              seen: `the pod answers in time: ${intent.service.name} has ${inSeconds(limit)}`,
          }
        : cutOff(what, facts);
}

/** Every request of the caller's ended within the service's timeout. */
function cutOff(what: string, { intent, calls }: ChaosFacts): Finding {
    const limit = timeoutOf(intent.service);
    const longest = Math.max(0, ...calls.map(({ milliseconds: took }) => took));
    return {
        what: `${what} (${intent.service.name}: ${inSeconds(limit)})`,
        outcome:
            calls.length === 0
                ? "not judged"
                : longest <= limit + TOLERANCE_MS
                  ? "acted"
                  : "did not act",
        seen: `the longest of ${calls.length} requests took ${inSeconds(longest)}`,
    };
}

function ejection({ intent, pods, calls, counters }: ChaosFacts): Finding {
    const { consecutive5xxErrors, maxEjectionPercent } = intent.service.outlierDetection;
    const what = "outlier ejection";
    const status = intent.fault?.abort?.httpStatus ?? 503;
    const errors = calls.filter((call) => call.status === status).length;
    const share = Math.round(100 / pods);
    if (100 / pods > maxEjectionPercent) {
        return {
            what,
            outcome: "not judged",
            seen: `one of ${pods} pods is ${share} %, and at most ${maxEjectionPercent} % may be ejected here`,
        };
    }
    if (status < 500) {
        return { what, outcome: "not judged", seen: `${status} counts as no error of a pod` };
    }
    if (counters.ejections === 0 && errors < 2 * consecutive5xxErrors) {
        return {
            what,
            outcome: "not judged",
            seen: `${errors} errors were too few for ${consecutive5xxErrors} in a row`,
        };
    }
    return {
        what,
        outcome: counters.ejections > 0 ? "acted" : "did not act",
        seen: `${counters.ejections} ejections, ${counters.ejectionsDenied} denied, after ${errors} errors`,
    };
}

function spare({ pods, phases, counters }: ChaosFacts): Finding {
    const what = "the other pods and the retries";
    const success = successOf(phases.during);
    const seen = `${inPercent(success)} answered, ${counters.retries} requests tried again`;
    return pods < 2
        ? {
              what,
              outcome: "not judged",
              seen: `there is no other pod; ${inPercent(success)} answered`,
          }
        : {
              what,
              outcome: success >= 1 - TOLERATED_LOSS ? "acted" : "did not act",
              seen,
          };
}

function untouched({ phases }: ChaosFacts): Finding {
    const { before, during } = phases;
    return {
        what: "the proxies without istiod",
        outcome: successOf(during) >= successOf(before) ? "acted" : "did not act",
        seen: `${during.succeeded} of ${during.requests} answered`,
    };
}
