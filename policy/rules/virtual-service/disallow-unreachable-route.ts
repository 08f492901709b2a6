import { each } from "../../finding.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { unreachableIn } from "../../request-match.ts";
import type { ObjectRule } from "../../rule.ts";

/** What is written is followed. */
export const virtualServiceDisallowUnreachableRoute: ObjectRule = {
    name: "istio-virtual-service-disallow-unreachable-route",
    severity: "medium",
    level: "advisory",
    description:
        "No route, and no match of one, stands behind another that takes all of its requests. Otherwise nothing ever reaches it: Istio takes the first that fits, and says nothing of the others.",
    remediation: ["Put the more precise route first, and the one without a match last."],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0130/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: ({ root }) =>
        each(
            () => ["http", "tls", "tcp"].map((protocol) => root.at("spec", protocol)),
            (routes) =>
                unreachableIn(routes.items()).map(({ field, by }) =>
                    field.finding(
                        `nothing reaches it, since ${by.path} takes all of its requests`,
                        "it should stand first, or go",
                    ),
                ),
        ),
};
