import { exemptionEnforceComplete } from "#policy/rules/exemption/enforce-complete.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule, TODAY } from "../../support.ts";

const RULE = "istio-destination-rule-disallow-plaintext";
const complete = { rule: RULE, owner: "team", reason: "why", expires: "2026-12-31" };

function exempted(exemption: unknown): Manifest {
    const text = typeof exemption === "string" ? exemption : JSON.stringify(exemption);
    return manifest("networking.istio.io/v1", "DestinationRule", "a4co/payment", undefined, {
        annotations: { "policy.a4co.dev/exempt": text },
    });
}

const wrong = (problem: string): string =>
    `DestinationRule a4co/payment: metadata.annotations["policy.a4co.dev/exempt"]: ${problem}; rule, owner, reason and a last day (expires: YYYY-MM-DD) are needed, of a rule that may be exempted`;

const settings = { production: false };

describeRule(exemptionEnforceComplete, {
    compliant: {
        "a complete exemption": { objects: [exempted(complete)], settings },
        "a list of them": { objects: [exempted([complete, complete])], settings },
        "one that ends today": { objects: [exempted({ ...complete, expires: TODAY })], settings },
        "none at all": { objects: [manifest("v1", "ConfigMap", "a4co/settings")] },
    },
    violating: {
        "no JSON": { objects: [exempted("yes")], violations: [wrong("the exemption is not JSON")] },
        "nobody and no day": {
            objects: [exempted({ rule: RULE, owner: " ", reason: "why" })],
            settings,
            violations: [wrong("the exemption has no owner, no expires")],
        },
        expired: {
            objects: [exempted({ ...complete, expires: "2026-11-22" })],
            settings,
            violations: [wrong(`the exemption from ${RULE} expired on 2026-11-22`)],
        },
        "a day that is none": {
            objects: [exempted({ ...complete, expires: "2026-02-30" })],
            settings,
            violations: [
                wrong(
                    `the exemption from ${RULE} expires on 2026-02-30, which is no day written as YYYY-MM-DD`,
                ),
            ],
        },
        "a rule that does not exist": {
            objects: [exempted({ ...complete, rule: "istio-everything" })],
            settings,
            violations: [
                wrong("the exemption names istio-everything, which is no rule of this pack"),
            ],
        },
        "a rule about encryption in production": {
            objects: [exempted(complete)],
            violations: [wrong(`the exemption from ${RULE} does not hold in production`)],
        },
        "an exemption from this very rule": {
            objects: [exempted({ ...complete, rule: "istio-exemption-enforce-complete" })],
            settings,
            violations: [
                wrong(
                    "the exemption from istio-exemption-enforce-complete does not hold, because nothing is exempt from it",
                ),
            ],
        },
        "the second of two": {
            objects: [exempted([complete, { ...complete, expires: "2025-01-01" }])],
            settings,
            violations: [wrong(`the exemption from ${RULE} expired on 2025-01-01`)],
        },
    },
    unknown: {
        "the annotation": {
            objects: [exempted(UNKNOWN)],
            advisories: [
                'DestinationRule a4co/payment: metadata.annotations["policy.a4co.dev/exempt"]: cannot be judged at preview; the value is not known yet',
            ],
        },
    },
    nearMiss: {
        "another annotation": {
            objects: [
                manifest("v1", "ConfigMap", "a4co/settings", undefined, {
                    annotations: { "policy.a4co.dev/exempted": "yes" },
                }),
            ],
        },
        "what is nothing in Kubernetes": {
            objects: [{ type: "random:index/randomPassword:RandomPassword", name: "x", props: {} }],
            applies: false,
        },
    },
});
