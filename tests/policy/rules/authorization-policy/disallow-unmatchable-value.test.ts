import { authorizationPolicyDisallowUnmatchableValue } from "#policy/rules/authorization-policy/disallow-unmatchable-value.ts";
import { UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { allow, from, policy, to } from "../../mesh-manifests.ts";
import { describeRule } from "../../support.ts";

function deny(...rules: readonly unknown[]): Manifest {
    return policy("a4co/allow", { action: "DENY", rules });
}

const RULE = "AuthorizationPolicy a4co/allow: spec.rules[0]";
const OPERATION = `${RULE}.to[0].operation`;
const SOURCE = `${RULE}.from[0].source`;
const STAR = "one * is allowed, at the beginning or at the end";
const literal = (text: string): string =>
    `${text} holds a * that stands for the character itself, so it fits nothing; ${STAR}`;

describeRule(authorizationPolicyDisallowUnmatchableValue, {
    compliant: {
        "what a request has": { objects: [allow()] },
        "templates and patterns": {
            objects: [deny(to({ notPaths: ["/a/{*}/b/{**}", "*.png", "/c/*"], methods: ["P*"] }))],
        },
        "nothing is let in at all": { objects: [policy("a4co/allow")] },
    },
    violating: {
        "methods in the wrong case, misspelt, and left out": {
            objects: [deny(to({ methods: ["delete", "PSOT"], notMethods: ["Get"] }))],
            violations: [
                `${OPERATION}.methods[0]: delete is no HTTP method, so it fits no request; DELETE is meant: methods are compared with their case`,
                `${OPERATION}.methods[1]: PSOT is no HTTP method, so it fits no request; the nearest is POST`,
                `${OPERATION}.notMethods[0]: Get is no HTTP method, so it fits no request; GET is meant: methods are compared with their case`,
            ],
        },
        paths: {
            objects: [
                allow(
                    to({
                        methods: ["GET"],
                        paths: [
                            "cart",
                            "/a?b=1",
                            "/a/[0-9]+",
                            "/a/*/b",
                            "/{id}",
                            "/a{*}",
                            "/a/../b",
                        ],
                    }),
                ),
            ],
            violations: [
                `${OPERATION}.paths[0]: cart is no path, so it fits no request; a path begins with /`,
                `${OPERATION}.paths[1]: /a?b=1 holds a query or a fragment, which are no part of the path, so it fits no request; the path alone is allowed`,
                `${OPERATION}.paths[2]: /a/[0-9]+ is a regular expression, which is compared as plain text; a path, one * at its end or its beginning, {*} or {**} are allowed`,
                `${OPERATION}.paths[3]: ${literal("/a/*/b")}`,
                `${OPERATION}.paths[4]: /{id} is no path template that Istio takes; each {*} stands for one whole segment, and {**} for the rest, at the end`,
                `${OPERATION}.paths[6]: /a/../b holds . or .. as a segment, which no path has after normalization; the path that they lead to is allowed`,
                `${OPERATION}.paths[5]: /a{*} is no path template that Istio takes; each {*} stands for one whole segment, and {**} for the rest, at the end`,
            ],
        },
        "hosts and ports": {
            objects: [deny(to({ hosts: ["http://shop", "^shop.*"], ports: ["web", 0] }))],
            violations: [
                `${OPERATION}.hosts[0]: http://shop is more than a host, so it fits no request; a host is allowed, with its port or without`,
                `${OPERATION}.hosts[1]: ^shop.* is more than a host, so it fits no request; a host is allowed, with its port or without`,
                `${OPERATION}.ports[0]: web is no port, and Istio refuses it; a number from 1 to 65535 is needed`,
                `${OPERATION}.ports[1]: 0 is no port, and Istio refuses it; a number from 1 to 65535 is needed`,
            ],
        },
        callers: {
            objects: [
                deny(
                    from({
                        ipBlocks: ["10.0.0.0/33"],
                        namespaces: ["Front"],
                        principals: ["spiffe://cluster.local/*", ""],
                        serviceAccounts: ["front/*"],
                        requestPrincipals: ["alice"],
                    }),
                ),
            ],
            violations: [
                `${SOURCE}.ipBlocks[0]: 10.0.0.0/33 is no address, and Istio refuses it; an address is needed, or a range such as 10.0.0.0/8`,
                `${SOURCE}.namespaces[0]: Front can be no namespace, so it fits nobody; lower case, digits and - are allowed`,
                `${SOURCE}.principals[0]: spiffe://cluster.local/* begins with spiffe://, which no principal does, so it fits nobody; leave it out`,
                `${SOURCE}.principals[1]: an empty value, which Istio refuses; leave it out`,
                `${SOURCE}.serviceAccounts[0]: front/* is no account, and Istio refuses it; <account> or <namespace>/<account> is needed`,
                `${SOURCE}.requestPrincipals[0]: alice names no issuer, so it fits nobody; <issuer>/<subject> is needed`,
            ],
        },
        conditions: {
            objects: [
                deny({
                    when: [
                        { key: "source.namespaces", values: ["dev"] },
                        { key: "destination.ip", values: ["::1::"] },
                        { key: "request.headers[x]" },
                        { key: "request.headers[:path]", values: ["admin"] },
                    ],
                }),
            ],
            violations: [
                `${RULE}.when[0].key: source.namespaces is nothing that Istio compares, and it refuses it; the nearest is source.namespace`,
                `${RULE}.when[1].values[0]: ::1:: is no address, and Istio refuses it; an address is needed, or a range such as 10.0.0.0/8`,
                `${RULE}.when[2].values: no value of request.headers[x], and Istio refuses it; values or notValues are needed`,
                `${RULE}.when[3].values[0]: admin is no path, so it fits no request; a path begins with /`,
            ],
        },
        "nothing is asked": {
            objects: [deny({ from: [{ source: {} }], to: [{ operation: { methods: [] } }] })],
            violations: [
                `${SOURCE}: names nothing, and Istio refuses it; at least one field with a value is needed`,
                `${OPERATION}: names nothing, and Istio refuses it; at least one field with a value is needed`,
            ],
        },
        "a DENY without rules": {
            objects: [deny()],
            violations: [
                "AuthorizationPolicy a4co/allow: spec.rules: DENY without rules fits no request; an empty rule, {}, stands for every request",
            ],
        },
    },
    unknown: {
        "one of two methods": {
            objects: [deny(to({ methods: [UNKNOWN, "get"] }))],
            violations: [
                `${OPERATION}.methods[1]: get is no HTTP method, so it fits no request; GET is meant: methods are compared with their case`,
            ],
            advisories: [
                `${OPERATION}.methods[0]: cannot be judged at preview; the value is not known yet`,
            ],
        },
    },
    nearMiss: {
        "every request": { objects: [deny({})] },
        "files by the beginning of their name": {
            objects: [allow(to({ methods: ["GET"], paths: ["/index.*", "/.well-known/*"] }))],
        },
        "methods of WebDAV": { objects: [deny(to({ methods: ["PROPFIND", "M-SEARCH"] }))] },
        "hosts in upper case and with ports": {
            objects: [deny(to({ hosts: ["Shop.example.com:8443", "shop.example.com:*"] }))],
        },
        "addresses of IPv6": {
            objects: [deny(from({ ipBlocks: ["2001:db8::/32", "::ffff:10.0.0.1", "::"] }))],
        },
        "a query in the whole path of the header": {
            objects: [deny({ when: [{ key: "request.headers[:path]", notValues: ["/a?b=*"] }] })],
        },
        "keys with names": {
            objects: [
                deny({
                    when: [
                        { key: "request.auth.claims[realm][roles]", notValues: ["x"] },
                        {
                            key: "experimental.envoy.filters.network.mysql_proxy[a.b]",
                            values: ["[update]"],
                        },
                    ],
                }),
            ],
        },
        "patterns of callers that an ALLOW is refused for elsewhere": {
            objects: [allow(from({ principals: ["cluster.local/ns/*/sa/web"] }))],
        },
    },
});
