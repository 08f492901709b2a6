import type { KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { overlaps } from "./hosts.ts";
import { DESTINATION_RULE } from "./kinds.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";
import { ruleHost } from "./traffic-policy.ts";

/** Whether a DestinationRule is for a host, and none is more precisely: one with a wildcard is then not read. */
function holdsFor(
    rule: KubernetesObject,
    host: string,
    rules: readonly KubernetesObject[],
    settings: Settings,
): boolean {
    const own = ruleHost(rule, settings);
    return (
        own === host ||
        (overlaps(own, host) &&
            !some(rules, (other) => {
                const another = ruleHost(other, settings);
                return overlaps(another, host) && (another === host || another.length > own.length);
            }))
    );
}

/**
 * Whether a host has a subset. Several DestinationRules for one host count as one, as Istio merges them.
 *
 * @throws UnknownValue where none is known to define it and one may
 */
export function hasSubset(stack: Stack, host: string, subset: string, settings: Settings): boolean {
    const rules = stack.of(DESTINATION_RULE);
    return some(
        rules,
        (rule) =>
            // First the name: a rule that defines no such subset changes nothing, whatever its host is.
            some(
                rule.root.at("spec", "subsets").items(),
                (one) => one.at("name").text() === subset,
            ) && holdsFor(rule, host, rules, settings),
    );
}

/** The subsets that a host is known to have. @throws UnknownValue */
export function subsetsOf(stack: Stack, host: string, settings: Settings): readonly string[] {
    const known = stack
        .of(DESTINATION_RULE)
        .filter(({ root }) => root.at("spec", "host").known && root.at("spec", "subsets").known);
    return known
        .filter((rule) => holdsFor(rule, host, known, settings))
        .flatMap(({ root }) => root.at("spec", "subsets").items())
        .map((subset) => subset.at("name"))
        .flatMap((name) => (name.known ? (name.text() ?? []) : []));
}
