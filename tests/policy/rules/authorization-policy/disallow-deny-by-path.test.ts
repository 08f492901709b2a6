import { authorizationPolicyDisallowDenyByPath } from "#policy/rules/authorization-policy/disallow-deny-by-path.ts";
import { UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, from, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

function deny(rule: Readonly<Record<string, unknown>>): Manifest {
    return policy("a4co/deny", { action: "DENY", rules: [rule] });
}

const RULE = "AuthorizationPolicy a4co/deny: spec.rules[0]";
const OTHER =
    "can be reached by another spelling of the path, which is not denied; an ALLOW of the paths that are meant, or notPaths, is allowed";

describeRule(authorizationPolicyDisallowDenyByPath, {
    compliant: {
        "by caller": { objects: [deny(from({ namespaces: ["guests"] }))] },
        "everything but the paths that are meant": {
            objects: [deny(to({ notPaths: ["/payments/process"] }))],
        },
    },
    violating: {
        "an exact path": {
            objects: [deny(to({ paths: ["/payments/process"] }))],
            violations: [`${RULE}.to[0].operation.paths[0]: /payments/process ${OTHER}`],
        },
        "a prefix, beside a port": {
            objects: [deny(to({ ports: ["80"] }, { ports: ["80"], paths: ["/admin*"] }))],
            violations: [`${RULE}.to[1].operation.paths[0]: /admin* ${OTHER}`],
        },
        "the path as a header": {
            objects: [deny({ when: [{ key: "request.headers[:path]", values: ["/admin"] }] })],
            violations: [`${RULE}.when[0].values[0]: /admin ${OTHER}`],
        },
    },
    unknown: {
        "one of two paths": {
            objects: [deny(to({ paths: [UNKNOWN, "/admin"] }))],
            violations: [`${RULE}.to[0].operation.paths[1]: /admin ${OTHER}`],
            advisories: [
                `${RULE}.to[0].operation.paths[0]: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "an ALLOW by path": { objects: [allow()] },
        "a DENY of every path": { objects: [deny(to({ paths: ["/*"] }))] },
        "a DENY by method": { objects: [deny(to({ methods: ["DELETE"] }))] },
    },
});
