import { virtualServiceDisallowUnreadableExpression } from "#policy/rules/virtual-service/disallow-unreadable-expression.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const service = (http: unknown): Manifest =>
    manifest("networking.istio.io/v1", "VirtualService", "a4co/order", { http });
const route = (rules: unknown): Manifest =>
    manifest("gateway.networking.k8s.io/v1", "HTTPRoute", "a4co/order", { rules });
const uri = (regex: unknown): Manifest => service([{ match: [{ uri: { regex } }] }]);
const refused = (place: string, kind = "VirtualService"): string =>
    `${kind} a4co/order: ${place}: it is no regular expression of RE2, so nobody can tell which requests it takes; RE2's syntax is required, without lookarounds and references, 10000 characters at most`;
const OF_URI = refused("spec.http[0].match[0].uri.regex");

describeRule(virtualServiceDisallowUnreadableExpression, {
    compliant: Object.fromEntries(
        [
            ".*",
            "(?i)post",
            "(?P<n>GET|HEAD)",
            String.raw`\pL+\d*`,
            String.raw`\Q/a.b\E\z`,
            "[[:alpha:]]+",
            "(?s:.)*",
            "a{2,}?",
        ].map((regex) => [regex, { objects: [uri(regex)] }]),
    ),
    violating: {
        ...Object.fromEntries(
            [
                "(?!GET).*",
                "(?<=a)b",
                String.raw`(a)\1`,
                "a++",
                "(?>a)",
                "(",
                "[",
                "*",
                "a{1001}",
                "a".repeat(100_000),
                "(".repeat(5000) + ")".repeat(5000),
            ].map((regex) => [regex.slice(0, 20), { objects: [uri(regex)], violations: [OF_URI] }]),
        ),
        "every place of a route": {
            objects: [
                service([
                    {
                        match: [{ headers: { "x-a": { regex: "(" } }, method: { regex: "(" } }],
                        corsPolicy: { allowOrigins: [{ regex: "(" }] },
                        rewrite: { uriRegexRewrite: { match: "(", rewrite: "(" } },
                    },
                ]),
                route([{ matches: [{ path: { type: "RegularExpression", value: "(" } }] }]),
            ],
            violations: [
                refused("spec.http[0].match[0].headers.x-a.regex"),
                refused("spec.http[0].match[0].method.regex"),
                refused("spec.http[0].corsPolicy.allowOrigins[0].regex"),
                refused("spec.http[0].rewrite.uriRegexRewrite.match"),
                refused("spec.rules[0].matches[0].path.value", "HTTPRoute"),
            ],
        },
    },
    unknown: {
        "an expression": {
            objects: [uri(UNKNOWN)],
            advisories: [
                "VirtualService a4co/order: spec.http[0].match[0].uri.regex: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "texts that are none": {
            objects: [
                service([
                    {
                        match: [{ uri: { prefix: "/(" }, headers: { regex: { exact: "(" } } }],
                        rewrite: { uri: "/(" },
                    },
                ]),
                route([{ matches: [{ path: { type: "PathPrefix", value: "/(" } }] }]),
            ],
        },
        "another kind": {
            objects: [manifest("v1", "ConfigMap", "a4co/a", undefined)],
            applies: false,
        },
    },
});
