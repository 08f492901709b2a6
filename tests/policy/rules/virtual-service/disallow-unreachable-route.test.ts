import { virtualServiceDisallowUnreachableRoute } from "#policy/rules/virtual-service/disallow-unreachable-route.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const at = (...match: unknown[]) => ({ ...PAYMENT, match });
const GET = { method: { exact: "GET" } };

describeRule(virtualServiceDisallowUnreachableRoute, {
    compliant: { "the precise one first": { objects: [virtualService([at(GET), PAYMENT])] } },
    violating: {
        "behind one without a match": {
            objects: [virtualService([PAYMENT, at(GET)])],
            violations: [
                "VirtualService a4co/payment: spec.http[1]: nothing reaches it, since spec.http[0] takes all of its requests; it should stand first, or go",
            ],
        },
    },
    unknown: {
        "the method": {
            objects: [virtualService([at({ method: UNKNOWN }), at(GET)])],
            advisories: [unknownAt("VirtualService a4co/payment: spec.http[0].match[0].method")],
        },
    },
    nearMiss: {
        "another method": {
            objects: [virtualService([at(GET), at({ method: { exact: "POST" } })])],
        },
        "behind a route that delegates": {
            objects: [virtualService([{ delegate: { name: "experiment" } }, PAYMENT])],
        },
    },
});
