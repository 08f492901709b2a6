import { actionOf, conditionsLike, eachRule, namedIn } from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { fits } from "../../string-match.ts";

/** Some port, as a client may write it after any host. */
const SOME_PORT = ":8443";

/** Whoever is answered HEAD is told of everything but the body, and many servers do the work of GET for it. */
function checkMethods(rule: Field): Finding[] {
    const takes = (list: Field, method: string): boolean =>
        list.texts().some((text) => fits(text, method));
    return each(
        () => namedIn(rule, "methods"),
        (list) =>
            takes(list, "GET") && !namedIn(rule, "methods").some((other) => takes(other, "HEAD"))
                ? [
                      list.finding(
                          "GET without HEAD, which is answered as GET would be and is not denied",
                          "HEAD beside GET is needed, or notMethods with what is left open",
                      ),
                  ]
                : [],
    );
}

function withoutPort(host: string): string {
    return host.replace(/:(\d+|\*)$/, "");
}

/** A host may come with any port, or without. Case makes no difference here. */
function checkHosts(list: Field): Finding[] {
    const patterns = list.texts().map((text) => text.toLowerCase());
    const isTaken = (host: string): boolean => patterns.some((pattern) => fits(pattern, host));
    return each(
        () => list.items(),
        (item) => {
            const text = (item.text() ?? "").toLowerCase();
            // Any name stands for the *, which never ends a host of its own with a port.
            const host = withoutPort(text).replace(/^\*/, "some").replace(/\*$/, "some");
            return isTaken(host) && isTaken(`${host}${SOME_PORT}`)
                ? []
                : [
                      item.finding(
                          `${item.text() ?? ""} can be reached ${isTaken(host) ? "with a port behind it" : "without the port"}, which is not denied`,
                          text.startsWith("*")
                              ? "an ALLOW of the hosts that are meant, or notHosts, is allowed"
                              : `${withoutPort(text)} and ${withoutPort(text)}:* are needed together`,
                      ),
                  ];
        },
    );
}

/** The client chooses the case of this header, and only the field hosts takes no notice of it. */
function checkHostConditions(rule: Field): Finding[] {
    return each(
        () => conditionsLike(rule, "hosts"),
        (condition) =>
            condition
                .at("values")
                .texts()
                .some((text) => text !== "*")
                ? [
                      condition
                          .at("values")
                          .finding(
                              "can be written in another case, or with a port, which is not denied",
                              "to.operation.hosts is needed, with and without :*",
                          ),
                  ]
                : [],
    );
}

/** What is denied is denied in whatever way it is asked for. */
export const authorizationPolicyDisallowEscapableDeny: ObjectRule = {
    name: "istio-authorization-policy-disallow-escapable-deny",
    severity: "high",
    level: "mandatory",
    description:
        "A DENY policy that names GET names HEAD too, and one that names a host names it with every port. Otherwise the client asks in the other way, and is answered.",
    remediation: [
        "Name HEAD beside GET, or DENY everything but the methods that are left open, with notMethods.",
        'Name hosts twice: hosts: ["example.com", "example.com:*"].',
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#writing-host-match-policies",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy) =>
        actionOf(policy) !== "DENY"
            ? []
            : eachRule(policy, (rule) =>
                  judgements(
                      () => checkMethods(rule),
                      () =>
                          each(
                              () =>
                                  namedIn(rule, "hosts").filter(
                                      ({ path }) => !path.includes(".when["),
                                  ),
                              checkHosts,
                          ),
                      () => checkHostConditions(rule),
                  ),
              ),
};
