import { EXEMPTION_ANNOTATION, exemptionField, exemptionProblems } from "../../exemption.ts";
import type { ObjectRule } from "../../rule.ts";

/** An exemption that nobody answers for, or that has expired, is a hole that nobody sees. */
export const exemptionEnforceComplete: ObjectRule = {
    name: "istio-exemption-enforce-complete",
    severity: "high",
    level: "mandatory",
    description:
        "An exemption names its rule, owner, reason and last day. Otherwise nobody answers for it, and a weakness that was meant for a week stays for ever.",
    remediation: [
        "Mend the object, so that it needs no exemption, and remove the annotation.",
        `Or write ${EXEMPTION_ANNOTATION} as {"rule": "<name>", "owner": "<team>", "reason": "<why>", "expires": "YYYY-MM-DD"}, or as a list of these.`,
    ],
    url: "https://www.pulumi.com/docs/insights/policy/",
    exemptible: "nowhere",
    // Any object may carry the annotation.
    selects: [{}],
    checkObject: (object, context) =>
        exemptionProblems(object, context).map((problem) =>
            exemptionField(object).finding(
                problem,
                "rule, owner, reason and a last day (expires: YYYY-MM-DD) are needed, of a rule that may be exempted",
            ),
        ),
};
