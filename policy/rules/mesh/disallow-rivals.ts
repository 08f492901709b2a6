import { ruleHost } from "../../destination-rules.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { DESTINATION_RULE, PEER_AUTHENTICATION, SIDECAR, TELEMETRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import { indexOf } from "../../stack.ts";
import type { Index, Stack } from "../../stack.ts";

/** Of these Istio takes the oldest of a namespace, or of a selector, and leaves the others. */
const ALONE = [PEER_AUTHENTICATION, SIDECAR, TELEMETRY];

/** A selector as one text; empty for the whole namespace. @throws UnknownValue */
function selectorOf({ kind, root }: KubernetesObject): string {
    const labels =
        kind === "Sidecar"
            ? root.at("spec", "workloadSelector", "labels")
            : root.at("spec", "selector", "matchLabels");
    return labels
        .entries()
        .map(([key, value]) => `${key}=${value.text() ?? ""}`)
        .sort()
        .join(",");
}

/** What only one object may be. @throws UnknownValue */
function placeOf(object: KubernetesObject): string | undefined {
    const spec = object.root.at("spec");
    return spec.at("targetRef").exists || spec.at("targetRefs").items().length > 0
        ? undefined
        : `${object.kind} ${object.namespace} ${selectorOf(object)}`;
}

function checkAlone(object: KubernetesObject, index: Index<KubernetesObject>): Finding[] {
    const place = placeOf(object);
    const all = place === undefined ? [] : index.get(place);
    const rival = all
        .slice(0, Math.max(0, all.indexOf(object)))
        .find((other) => placeOf(other) === place);
    const selector = selectorOf(object);
    return rival === undefined
        ? []
        : [
              object.root
                  .at("spec")
                  .finding(
                      `${rival.label} is for ${selector === "" ? "the whole namespace" : selector} as well, and only the older of both holds`,
                      `one ${object.kind} is allowed there`,
                  ),
          ];
}

/** A rule without workloadSelector, by what Istio merges. @throws UnknownValue */
function mergedAs(rule: KubernetesObject, settings: Settings): readonly string[] {
    return rule.root.at("spec", "workloadSelector").exists
        ? []
        : [`${rule.namespace} ${ruleHost(rule, settings)}`];
}

function exportOf({ root }: KubernetesObject): string {
    return [...root.at("spec", "exportTo").texts()].sort().join();
}

function subsetsOf({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "subsets").items();
}

/** What of a DestinationRule Istio drops beside another one for the same host. @throws UnknownValue */
function dropped(rule: KubernetesObject, before: KubernetesObject): Finding[] {
    const spec = rule.root.at("spec");
    if (exportOf(rule) !== exportOf(before)) {
        return [
            spec
                .at("exportTo")
                .finding(
                    `${before.label} for the same host is exported elsewhere, so they are not merged and only one holds`,
                    "the same exportTo, or one DestinationRule, is required",
                ),
        ];
    }
    const policy = spec.at("trafficPolicy");
    const names = subsetsOf(before).map((subset) => subset.at("name").text());
    const allowed = "one DestinationRule may say it";
    return [
        ...(policy.exists && before.root.at("spec", "trafficPolicy").exists
            ? [
                  policy.finding(
                      `${before.label} has one for the same host, and only the older of both holds`,
                      allowed,
                  ),
              ]
            : []),
        ...subsetsOf(rule)
            .filter((subset) => names.includes(subset.at("name").text()))
            .map((subset) =>
                subset.finding(
                    `${before.label} has a subset of that name for the same host, and only the older of both holds`,
                    allowed,
                ),
            ),
    ];
}

function checkRule(
    rule: KubernetesObject,
    index: Index<KubernetesObject>,
    settings: Settings,
): Finding[] {
    const [key] = mergedAs(rule, settings);
    const all = key === undefined ? [] : index.get(key);
    return each(
        () => all.slice(0, Math.max(0, all.indexOf(rule))),
        (before) => (mergedAs(before, settings)[0] === key ? dropped(rule, before) : []),
    );
}

function checkRules(stack: Stack, settings: Settings): Finding[] {
    const rules = stack.of(DESTINATION_RULE);
    const index = indexOf(rules, (rule) => mergedAs(rule, settings));
    return each(
        () => rules,
        (rule) => checkRule(rule, index, settings),
    );
}

/** No object takes the place of another. */
export const meshDisallowRivals: StackRule = {
    name: "istio-mesh-disallow-rivals",
    severity: "high",
    level: "mandatory",
    description:
        "One PeerAuthentication, Sidecar and Telemetry is for a namespace, or for a selector, and DestinationRules for one host do not say the same twice. Otherwise the older one holds, and nobody sees that the other does not.",
    remediation: [
        "Put both into one object, or give each a selector of its own.",
        "Of several DestinationRules for a host let one have the trafficPolicy, and each its own subsets.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services",
    exemptible: "everywhere",
    selects: [...ALONE, DESTINATION_RULE],
    checkStack: (stack, { settings }) => {
        const objects = stack.of(...ALONE);
        const index = indexOf(objects, (object) => [placeOf(object) ?? ""]);
        return judgements(
            () =>
                each(
                    () => objects,
                    (object) => checkAlone(object, index),
                ),
            () => checkRules(stack, settings),
        );
    },
};
