// Requests at a fixed rate, whatever the answers take: a closed loop would slow down with its target and hide it.
//   k6 run -e URL=http://payment-service:3006/payments/process -e RATE=20 -e DURATION=10s cli/load/k6/steady-rate.js
// A header's value may hold {n}, which is another number in each request:
//   -e HEADERS='{"x-mesh-probe":"try-{n}","idempotency-key":"try-{n}"}'
import exec from "k6/execution";
import http from "k6/http";
import { Trend } from "k6/metrics";

const { URL, METHOD = "POST", BODY = "{}", RATE = "10", DURATION = "10s", HEADERS = "{}" } = __ENV;

/** One sample a request, with what k6's own samples leave out. */
const answers = new Trend("answer", true);

export const options = {
    discardResponseBodies: true,
    scenarios: {
        steady: {
            executor: "constant-arrival-rate",
            rate: Number(RATE),
            timeUnit: "1s",
            duration: DURATION,
            preAllocatedVUs: 150,
            maxVUs: 500,
        },
    },
};

export default function () {
    const headers = HEADERS.replaceAll("{n}", String(exec.scenario.iterationInTest));
    const {
        status,
        timings,
        headers: answered,
    } = http.request(METHOD, URL, BODY, {
        headers: { "content-type": "application/json", ...JSON.parse(headers) },
        timeout: "30s",
    });
    const overloaded = answered["X-Envoy-Overloaded"] === "true";
    answers.add(timings.duration, { status: String(status), overloaded: String(overloaded) });
}
