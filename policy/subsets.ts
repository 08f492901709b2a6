import { assertClear, callersOf, knownRuleFor, subsetFieldsOf } from "./destination-rules.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/**
 * Whether a host has a subset, for everybody who follows the routes of a VirtualService.
 *
 * @throws UnknownValue where none is known to define it and one may
 */
export function hasSubset(
    stack: Stack,
    host: string,
    subset: string,
    by: KubernetesObject,
    settings: Settings,
): boolean {
    const isNamed = (field: Field): boolean => field.at("name").text() === subset;
    return callersOf(by, stack, settings).every((caller) => {
        const rule = knownRuleFor(stack, host, caller, settings);
        if (rule !== undefined && some(subsetFieldsOf(rule), isNamed)) {
            return true;
        }
        // A rule that defines no such subset changes nothing, whatever its host is.
        assertClear(stack, host, settings, ({ root }) =>
            some(root.at("spec", "subsets").items(), isNamed),
        );
        return false;
    });
}

/** The subsets that a host is known to have. @throws UnknownValue */
export function subsetsOf(
    stack: Stack,
    host: string,
    by: KubernetesObject,
    settings: Settings,
): readonly string[] {
    const names = callersOf(by, stack, settings)
        .flatMap((caller) => knownRuleFor(stack, host, caller, settings)?.members ?? [])
        .map(({ root }) => root.at("spec", "subsets"))
        .flatMap((subsets) => (subsets.known ? subsets.items() : []))
        .map((subset) => subset.at("name"))
        .flatMap((name) => (name.known ? (name.text() ?? []) : []));
    return [...new Set(names)];
}
