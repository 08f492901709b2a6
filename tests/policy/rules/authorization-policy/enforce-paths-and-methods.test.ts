import { authorizationPolicyEnforcePathsAndMethods } from "#policy/rules/authorization-policy/enforce-paths-and-methods.ts";
import { UNKNOWN } from "../../manifests.ts";
import { allow, deployment, FOR_GATEWAY, namespace, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

const AMBIENT = { "istio.io/dataplane-mode": "ambient" };
const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const ALLOWED = "an ALLOW names the paths and methods of HTTP, or only the ports of TCP";

describeRule(authorizationPolicyEnforcePathsAndMethods, {
    compliant: {
        "paths and methods": { objects: [allow()] },
        "a prefix": { objects: [allow(to({ paths: ["/orders/*"], methods: ["GET"] }))] },
        "ports of TCP": { objects: [allow(to({ ports: ["4222"] }))] },
    },
    violating: {
        "no operation": {
            objects: [allow({ to: undefined })],
            violations: [`${RULE}.to: no operation lets the caller do everything; ${ALLOWED}`],
        },
        "no methods": {
            objects: [allow(to({ paths: ["/orders"] }))],
            violations: [
                `${RULE}.to[0].operation.methods: no methods stands for all of them; ${ALLOWED}`,
            ],
        },
        "no paths, beside a port": {
            objects: [allow(to({ methods: ["GET"], ports: ["3006"] }))],
            violations: [
                `${RULE}.to[0].operation.paths: no paths stands for all of them; ${ALLOWED}`,
            ],
        },
        "hosts only": {
            objects: [allow(to({ hosts: ["payment"] }))],
            violations: [
                `${RULE}.to[0].operation.paths: no paths stands for all of them; ${ALLOWED}`,
                `${RULE}.to[0].operation.methods: no methods stands for all of them; ${ALLOWED}`,
            ],
        },
        "an empty operation beside a full one": {
            objects: [allow(to({ paths: ["/a"], methods: ["GET"] }, {}))],
            violations: [
                `${RULE}.to[1].operation.paths: no paths stands for all of them; ${ALLOWED}`,
                `${RULE}.to[1].operation.methods: no methods stands for all of them; ${ALLOWED}`,
            ],
        },
        "a condition about the path alone": {
            objects: [
                allow({
                    to: undefined,
                    when: [{ key: "request.headers[:path]", values: ["/a", "/*"] }],
                }),
            ],
            violations: [
                `${RULE}.when[0].values[1]: /* stands for all paths; ${ALLOWED}`,
                `${RULE}.to: no methods stands for all of them; ${ALLOWED}`,
            ],
        },
        "in ambient, by a pod that has a sidecar": {
            objects: [
                allow({ to: undefined }),
                namespace("a4co", AMBIENT),
                deployment("a4co/payment", { labels: { "sidecar.istio.io/inject": "true" } }),
            ],
            violations: [`${RULE}.to: no operation lets the caller do everything; ${ALLOWED}`],
        },
        "patterns that fit everything": {
            objects: [allow(to({ paths: ["/a", "/*"], methods: ["*"] }))],
            violations: [
                `${RULE}.to[0].operation.paths[1]: /* stands for all paths; ${ALLOWED}`,
                `${RULE}.to[0].operation.methods[0]: * stands for all methods; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "the paths": {
            objects: [allow(to({ paths: UNKNOWN, methods: ["*"] }))],
            violations: [
                `${RULE}.to[0].operation.methods[0]: * stands for all methods; ${ALLOWED}`,
            ],
            advisories: [
                `${RULE}.to[0].operation.paths: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "by conditions": {
            objects: [
                allow({
                    to: undefined,
                    when: [
                        { key: "request.headers[:path]", values: ["/a"] },
                        { key: "request.headers[:method]", values: ["GET"] },
                    ],
                }),
            ],
        },
        "a port of TCP, by a condition": {
            objects: [
                allow({ to: undefined, when: [{ key: "destination.port", values: ["27017"] }] }),
            ],
        },
        "where ztunnel decides": {
            objects: [
                allow({ to: undefined }),
                namespace("a4co", AMBIENT),
                deployment("a4co/payment"),
            ],
        },
        "nothing is let in at all": { objects: [policy("a4co/deny-all")] },
        "a DENY of everything": {
            objects: [policy("a4co/deny", { action: "DENY", rules: [{}] })],
        },
        "addresses of an ingress gateway": {
            objects: [
                allow(
                    { from: [{ source: { remoteIpBlocks: ["10.0.0.0/8"] } }], to: undefined },
                    FOR_GATEWAY,
                ),
            ],
        },
    },
});
