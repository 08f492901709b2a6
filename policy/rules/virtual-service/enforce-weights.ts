import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { routeRules } from "../../gateway-api.ts";
import { GATEWAY_API_ROUTES, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** The share of a destination; none where nothing is written. `undefined` for what is no share. @throws UnknownValue */
function shareOf(weight: Field): number | undefined {
    const share = weight.exists ? weight.number() : 0;
    return share !== undefined && Number.isInteger(share) && share >= 0 && share <= 100
        ? share
        : undefined;
}

function checkShare(weight: Field): Finding[] {
    return shareOf(weight) === undefined
        ? [
              weight.finding(
                  `${weight.text() ?? "this"} is no percentage`,
                  "a whole number from 0 to 100 is required",
              ),
          ]
        : [];
}

function checkSum(targets: Field, weights: readonly Field[]): Finding[] {
    const shares = weights.map(shareOf);
    const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
    if (sum === 100 || shares.includes(undefined)) {
        return [];
    }
    return [
        targets.finding(
            sum === 0
                ? "no destination has a weight: Istio refuses the route"
                : `the weights ${shares.join(", ")} sum to ${sum}`,
            "weights that sum to 100 are required",
        ),
    ];
}

function checkRoute(route: Field): Finding[] {
    const targets = route.at("route");
    const weights = targets.items().map((target) => target.at("weight"));
    // The only destination gets everything, whatever its weight.
    return weights.length < 2
        ? []
        : judgements(
              () => each(() => weights, checkShare),
              () => checkSum(targets, weights),
          );
}

/** Weights of Kubernetes' API are parts of their sum, and 1 where none is written: beside others that is an oversight. */
function checkRule(rule: Field): Finding[] {
    const targets = rule.at("backendRefs");
    const weights = targets.items().map((target) => target.at("weight"));
    const written = weights.filter((weight) => weight.exists);
    if (written.length > 0 && written.every((weight) => weight.number() === 0)) {
        return written.length === weights.length
            ? [
                  targets.finding(
                      "no destination has a weight, so every request gets 500",
                      "one weight above 0 is required",
                  ),
              ]
            : [];
    }
    return written.length === 0
        ? []
        : weights
              .filter((weight) => !weight.exists)
              .map((weight) =>
                  weight.finding(
                      `none beside ${written.map((other) => other.text()).join(", ")} is 1`,
                      "a weight for each destination is required",
                  ),
              );
}

/** Weights are what they look like: percentages. */
export const virtualServiceEnforceWeights: ObjectRule = {
    name: "istio-virtual-service-enforce-weights",
    severity: "medium",
    level: "mandatory",
    description:
        "The weights of a route with several destinations are whole percentages that sum to 100. Otherwise Istio, which takes any sum but 0, divides each weight by it: 10 beside 100 is a canary of 9 %, and a version whose weight was forgotten gets nothing.",
    remediation: [
        "Write a weight for each destination, whole numbers from 0 to 100 that sum to 100.",
        "In a route of Kubernetes' API write each weight or none: they are parts of their sum, and 1 where none is written.",
        "Change all weights of a route in one update, so that what one gains another one loses.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES],
    checkObject: (object) => {
        const { root, group } = object;
        return group === VIRTUAL_SERVICE.group
            ? each(
                  () => ["http", "tls", "tcp"].map((protocol) => root.at("spec", protocol)),
                  (routes) => each(() => routes.items(), checkRoute),
              )
            : each(() => routeRules(object), checkRule);
    },
};
