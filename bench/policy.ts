// How long the pack takes for 1,000 resources, beside a pack of as many rules that look at nothing: the SDK unpacks
// every resource for every rule, and that share of the time is not the rules'.
import type { Policies } from "@pulumi/policy";
import { policiesOf } from "#policy/adapter.ts";
import { checkResources } from "#policy/check.ts";
import { isObjectRule } from "#policy/rule.ts";
import { rules } from "#policy/rules/index.ts";
import { DEFAULT_SETTINGS } from "#policy/settings.ts";
import { analyzerOf } from "#tests/policy/engine.ts";
import type { Manifest } from "#tests/policy/manifests.ts";
import { ownProgram } from "#tests/policy/programs.ts";
import { inTurn, median } from "./measure.ts";

const RESOURCES = 1000;
const ROUNDS = 7;

/** The resources of prod, over and over, each under a name of its own. */
function stackOf(manifests: readonly Manifest[]): Manifest[] {
    return Array.from({ length: RESOURCES }, (_, index) => {
        const original = manifests[index % manifests.length];
        if (original === undefined) {
            throw new Error("the program has no resources");
        }
        return { ...original, name: `${original.name}-${index}` };
    });
}

/** As many policies of the same sorts, without a check. */
const emptyPack: Policies = rules.map((rule) =>
    isObjectRule(rule)
        ? { name: rule.name, description: rule.description, validateResource: () => undefined }
        : { name: rule.name, description: rule.description, validateStack: () => undefined },
);

const stack = stackOf((await ownProgram("prod")).manifests);
const ours = analyzerOf(policiesOf(rules));
const empty = analyzerOf(emptyPack);
const registered = stack.map(({ type, name, props }) => ({ type, name, urn: name, props }));
const contenders: Readonly<Record<string, () => unknown>> = {
    "this pack in the analyzer": () => ours(stack),
    "as many empty policies in the analyzer": () => empty(stack),
    "mesh policy": () =>
        checkResources(rules, registered, {
            settings: DEFAULT_SETTINGS,
            levelOf: ({ level }) => level,
            now: new Date(),
        }),
};

// The first round only warms up.
const taken = await inTurn(contenders, ROUNDS, 1);

process.stdout.write(`${rules.length} rules, ${RESOURCES} resources, median of ${ROUNDS} rounds\n`);
const medians = Array.from(taken, ([name, times]) => [name, median(times)] as const);
for (const [name, time] of medians) {
    process.stdout.write(`${time.toFixed(0).padStart(7)} ms per 1,000 resources  ${name}\n`);
}
const [own = NaN, peer = NaN] = medians.map(([, time]) => time);
process.stdout.write(`${(own / peer).toFixed(2).padStart(7)} times the empty pack\n`);
