import { mergedWith, ruleHost, subsetFieldsOf, trafficPolicyOf } from "../../destination-rules.ts";
import type { MergedRule } from "../../destination-rules.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { DESTINATION_RULE } from "../../kinds.ts";
import { leastReplicasOf, REPLICA_KINDS, serviceOf } from "../../replicas.ts";
import type { StackRule } from "../../rule.ts";

/** Envoy's, where the field is absent or 0. */
const DEFAULT_SHARE = 10;

/** Envoy ejects one more host only where the whole share still fits: `(ejected + 1) * 100 / hosts <= share`. */
function checkShare(outlier: Field, replicas: number, subject: string): Finding[] {
    const field = outlier.at("maxEjectionPercent");
    const given = field.number() ?? 0;
    const share = given > 0 ? given : DEFAULT_SHARE;
    const ejectable = Math.floor((replicas * share) / 100);
    if (ejectable === 0) {
        const needed = `${Math.ceil(100 / share)} replicas`;
        return [
            field.finding(
                `${given > 0 ? "" : "the default of "}${share} % of ${subject} is less than one: it never ejects`,
                replicas === 1
                    ? `${needed} are needed for this share`
                    : `at least ${Math.ceil(100 / replicas)} %, or ${needed}, are needed`,
            ),
        ];
    }
    return ejectable < replicas
        ? []
        : [
              field.finding(
                  `${share} % of ${subject} may be all: overload becomes outage`,
                  `${replicas === 1 ? "two replicas, and " : ""}less than 100 % are needed`,
              ),
          ];
}

/** Below this share of healthy replicas Envoy sends requests to the ejected ones again. */
function checkHealth(outlier: Field, replicas: number, subject: string): Finding[] {
    const field = outlier.at("minHealthPercent");
    const given = field.number() ?? 0;
    const left = Math.floor((100 * (replicas - 1)) / replicas);
    return replicas > 1 && given > left
        ? [
              field.finding(
                  `${given} % is more than one ejection leaves of ${subject}: it is undone`,
                  `at most ${left} is allowed`,
              ),
          ]
        : [];
}

/** The settings of a policy and of its ports, each where it stands. */
function outliersOf(policy: Field): readonly Field[] {
    return [policy, ...policy.at("portLevelSettings").items()]
        .map((settings) => settings.at("outlierDetection"))
        .filter((outlier) => !outlier.known || outlier.exists);
}

/** For each set of replicas the settings that eject among them: a subset's own, or the rule's. */
function sharesOf(rule: MergedRule): { subset: Field | undefined; outlier: Field }[] {
    const whole = outliersOf(trafficPolicyOf(rule));
    const subsets = subsetFieldsOf(rule);
    return subsets.length === 0
        ? whole.map((outlier) => ({ subset: undefined, outlier }))
        : subsets.flatMap((subset) => {
              const own = outliersOf(subset.at("trafficPolicy"));
              return (own.length > 0 ? own : whole).map((outlier) => ({ subset, outlier }));
          });
}

/** A breaker that can open, and does not open altogether. */
export const destinationRuleConfigureEjectionShare: StackRule = {
    name: "istio-destination-rule-configure-ejection-share",
    severity: "medium",
    // Small stacks have one replica on purpose; they are to know what that means.
    level: "advisory",
    description:
        "The share of replicas that outlier detection may eject is at least one replica and less than all. Otherwise it detects errors and ejects nobody, as with 30 % of three, or an overload ejects everybody.",
    remediation: [
        "Set maxEjectionPercent to at least 100 divided by the replicas of a subset, rounded up, and below 100.",
        "Or run more replicas: 30 % needs four.",
        "Leave minHealthPercent out, or below the share that is healthy after one ejection.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection-max_ejection_percent",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE, ...REPLICA_KINDS],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(DESTINATION_RULE),
            (rule) => {
                const service = serviceOf(stack, ruleHost(rule, settings), settings);
                return service === undefined
                    ? []
                    : each(
                          () => sharesOf(mergedWith(stack, rule, settings)),
                          ({ subset, outlier }) => {
                              const replicas = leastReplicasOf(stack, service, subset) ?? 0;
                              if (replicas === 0) {
                                  return [];
                              }
                              const name = subset?.at("name").text();
                              const subject = `${replicas} replica${replicas === 1 ? "" : "s"}${name === undefined ? "" : ` of ${name}`}`;
                              return judgements(
                                  () => checkShare(outlier, replicas, subject),
                                  () => checkHealth(outlier, replicas, subject),
                              );
                          },
                      );
            },
        ),
};
