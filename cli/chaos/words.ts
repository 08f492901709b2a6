import type { ChaosIntent, ChaosKind } from "#model/chaos.ts";

/** What an experiment does to whose requests, one phrase. */
export function chaosInWords({ kind, service: { name }, caller, fault }: ChaosIntent): string {
    const { delay, abort } = fault ?? {};
    const share = `${delay?.percent ?? abort?.percent ?? 100} %`;
    const effect =
        delay === undefined
            ? `are answered ${abort?.httpStatus ?? 503}`
            : `wait ${delay.fixedDelay}`;
    switch (kind) {
        case "delay":
        case "abort":
            return `${share} of ${caller}'s requests to ${name} ${effect} in ${caller}'s own proxy`;
        case "failing":
            return `${share} of the requests that reach one pod of ${name} ${effect} there, whoever calls`;
        case "vanish":
            return `one pod of ${name} is deleted without grace, and its Deployment makes another`;
        case "kill-istiod":
            return "istiod's pods are deleted without grace, and the proxies go on with what they know";
        case "partition":
            return `${caller}'s requests to ${name} go where nobody answers`;
        case "isolate":
            return `${caller}'s requests to ${name} are refused by its pods, which know the caller by its certificate`;
    }
}

/** What people should know before they read the result of a kind. */
export const CHAOS_NOTES: Readonly<Record<ChaosKind, string>> = {
    delay: "The route's timeout does not include a delay in the caller's own proxy: this tries those who wait for the caller.",
    abort: "The caller's proxy neither retries nor ejects for its own answer: this tries the caller's handling of errors.",
    failing:
        "For the callers this is a real failure of one pod, so that timeouts, retries and ejection are tried.",
    vanish: "What the pod was doing is lost, as when its node dies.",
    "kill-istiod":
        "Nothing is configured while it is away: new pods get no certificate, known ones keep theirs.",
    partition:
        "As when the network is cut: connections fail under the service's own timeouts, retries and breaker. isolate refuses with 403 instead, which no proxy takes for a failure.",
    isolate:
        "A refusal for a security drill: an answer, so nothing is retried or ejected, and connections that are open already pass until they are drained. partition cuts the network instead.",
};
