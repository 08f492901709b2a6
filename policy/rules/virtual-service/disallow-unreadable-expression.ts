import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from "../../kinds.ts";
import { expression } from "../../request-match.ts";
import type { ObjectRule } from "../../rule.ts";

/** Regular expressions below a field: Istio's conditions, its rewrites, and conditions of the Gateway API. */
function expressionsIn(field: Field): readonly Field[] {
    if (!field.known) {
        return [];
    }
    const own = [
        field.at("regex"),
        field.at("uriRegexRewrite", "match"),
        ...(field.at("type").known && field.at("type").text() === "RegularExpression"
            ? [field.at("value")]
            : []),
    ];
    const below = [...field.items(), ...field.entries().map(([, child]) => child)];
    return [...own, ...below.flatMap(expressionsIn)];
}

function check(field: Field): Finding[] {
    const { value } = field;
    return typeof value === "string" && expression(value) === undefined
        ? [
              field.finding(
                  "it is no regular expression of RE2, so nobody can tell which requests it takes",
                  "RE2's syntax is required, without lookarounds and references, 10000 characters at most",
              ),
          ]
        : [];
}

/** Envoy reads regular expressions by RE2. */
export const virtualServiceDisallowUnreadableExpression: ObjectRule = {
    name: "istio-virtual-service-disallow-unreadable-expression",
    severity: "medium",
    level: "mandatory",
    description:
        "Every regular expression of a route is one of RE2, the library of Envoy. Otherwise Istio or Envoy refuses the route, or the whole listener, and nobody can tell what it would have taken.",
    remediation: [
        "Write it without lookarounds, references and possessive quantifiers.",
        "Instead of what it must not take, let an earlier route take that.",
    ],
    url: "https://github.com/google/re2/wiki/Syntax",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, HTTP_ROUTE, GRPC_ROUTE],
    checkObject: ({ root }: KubernetesObject) => each(() => expressionsIn(root.at("spec")), check),
};
