import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
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

/** Weights are what they look like: percentages. */
export const virtualServiceEnforceWeights: ObjectRule = {
    name: "istio-virtual-service-enforce-weights",
    severity: "medium",
    level: "mandatory",
    description:
        "The weights of a route with several destinations are whole percentages that sum to 100. Otherwise Istio, which takes any sum but 0, divides each weight by it: 10 beside 100 is a canary of 9 %, and a version whose weight was forgotten gets nothing.",
    remediation: [
        "Write a weight for each destination, whole numbers from 0 to 100 that sum to 100.",
        "Change all weights of a route in one update, so that what one gains another one loses.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRouteDestination",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: ({ root }) =>
        each(
            () => ["http", "tls", "tcp"].map((protocol) => root.at("spec", protocol)),
            (routes) =>
                each(
                    () => routes.items(),
                    (route) => {
                        const targets = route.at("route");
                        const weights = targets.items().map((target) => target.at("weight"));
                        // The only destination gets everything, whatever its weight.
                        return weights.length < 2
                            ? []
                            : judgements(
                                  () => each(() => weights, checkShare),
                                  () => checkSum(targets, weights),
                              );
                    },
                ),
        ),
};
