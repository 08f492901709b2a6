// How long the pack takes for a resource, beside a pack of as many rules that look at nothing (the SDK unpacks every
// resource for every rule, and that share of the time is not the rules'), and beside itself with more services.
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

const ROUNDS = 5;
/** A stack that people have, and one that is ten times as large. */
const SERVICES = [60, 600] as const;
/** The service of prod that is copied, whose name stands in everything that belongs to it. */
const COPIED = "inventory-service";

/** Prod with many services: each copy under a name of its own, wherever that stands. */
function stackOf(manifests: readonly Manifest[], services: number): Manifest[] {
    const texts = manifests.map((manifest) => JSON.stringify(manifest));
    const own = texts.filter((text) => text.includes(COPIED));
    const copies = Array.from({ length: services - 1 }, (_, index) =>
        own.map((text) => text.replaceAll(COPIED, `${COPIED}-${index}`)),
    );
    return [...texts, ...copies.flat()].map((text) => JSON.parse(text) as Manifest);
}

/** As many policies of the same sorts, without a check. */
const emptyPack: Policies = rules.map((rule) =>
    isObjectRule(rule)
        ? { name: rule.name, description: rule.description, validateResource: () => undefined }
        : { name: rule.name, description: rule.description, validateStack: () => undefined },
);

const { manifests } = await ownProgram("prod");
const ours = analyzerOf(policiesOf(rules));
const empty = analyzerOf(emptyPack);
const direct = (stack: readonly Manifest[]) => {
    const resources = stack.map(({ type, name, props }) => ({ type, name, urn: name, props }));
    return () =>
        checkResources(rules, resources, {
            settings: DEFAULT_SETTINGS,
            levelOf: ({ level }) => level,
            now: new Date(),
        });
};
const [small, large] = SERVICES.map((services) => stackOf(manifests, services)) as [
    Manifest[],
    Manifest[],
];
const contenders: Readonly<Record<string, readonly [Manifest[], () => unknown]>> = {
    "this pack in the analyzer": [small, () => ours(small)],
    "as many empty policies in the analyzer": [small, () => empty(small)],
    [`mesh policy, ${SERVICES[0]} services`]: [small, direct(small)],
    [`mesh policy, ${SERVICES[1]} services`]: [large, direct(large)],
};

// The first round only warms up.
const work = Object.entries(contenders).map(([name, [, run]]) => [name, run] as const);
const taken = await inTurn(Object.fromEntries(work), ROUNDS, 1);

process.stdout.write(`${rules.length} rules, median of ${ROUNDS} rounds\n`);
const perResource = Object.entries(contenders).map(([name, [stack]]) => {
    const time = median(taken.get(name) ?? []) / stack.length;
    process.stdout.write(
        `${time.toFixed(2).padStart(7)} ms per resource  ${name}, ${stack.length} resources\n`,
    );
    return time;
});
const [own = NaN, peer = NaN, few = NaN, many = NaN] = perResource;
process.stdout.write(`${(own / peer).toFixed(2).padStart(7)} times the empty pack\n`);
process.stdout.write(
    `${(many / few).toFixed(2).padStart(7)} times as much per resource with ten times the services\n`,
);
