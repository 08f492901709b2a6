import { exceptedIn, keyOf, namedIn, targetsOf } from "./authorization.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { REQUEST_AUTHENTICATION } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** What only a request with a token that Istio has accepted has. */
const OF_A_TOKEN = "request.auth.";

/** Whether two targets can be passed by one request: a waypoint and a Service behind it can. @throws UnknownValue */
function canBothBePassed(one: Field, other: Field): boolean {
    return (
        one.at("kind").text() !== other.at("kind").text() ||
        one.at("name").text() === other.at("name").text()
    );
}

/** Whether pods can have the labels of both selectors. @throws UnknownValue */
function areCompatible(one: KubernetesObject, other: KubernetesObject): boolean {
    const labels = other.root.at("spec", "selector", "matchLabels");
    return one.root
        .at("spec", "selector", "matchLabels")
        .entries()
        .every(([key, value]) => {
            const wanted = labels.at(key).text();
            return wanted === undefined || wanted === value.text();
        });
}

/** Whether there can be a workload for which both of two policies hold. @throws UnknownValue */
export function mayMeet(
    one: KubernetesObject,
    other: KubernetesObject,
    { rootNamespace }: Settings,
): boolean {
    const [targets, others] = [targetsOf(one), targetsOf(other)];
    const isNear =
        one.namespace === other.namespace ||
        [one.namespace, other.namespace].includes(rootNamespace);
    return (
        isNear &&
        (targets.length > 0 && others.length > 0
            ? targets.some((target) => others.some((second) => canBothBePassed(target, second)))
            : areCompatible(one, other))
    );
}

/**
 * The objects of a kind that are near another one and have no other value for the first label that it selects by: among
 * them are all of which {@link mayMeet} holds, or nobody can tell.
 *
 * @throws UnknownValue
 */
export function candidatesBeside(
    stack: Stack,
    kind: Selector,
    one: KubernetesObject,
    { rootNamespace }: Settings,
): readonly KubernetesObject[] {
    const [first] =
        targetsOf(one).length > 0 ? [] : one.root.at("spec", "selector", "matchLabels").entries();
    if (one.namespace === rootNamespace || first?.[1].known === false) {
        return stack.of(kind);
    }
    const [label, value] = first === undefined ? ["", ""] : [first[0], first[1].text() ?? ""];
    const keyOf = (namespace: string, text: string): string => `${namespace}/${label}=${text}`;
    const index = stack.once(`${candidatesBeside.name} ${kind.kind ?? ""} ${label}`, () =>
        indexOf(stack.of(kind), (other) => {
            targetsOf(other);
            const labels = other.root.at("spec", "selector", "matchLabels");
            return [keyOf(other.namespace, label === "" ? "" : (labels.at(label).text() ?? ""))];
        }),
    );
    return index.get(
        ...[one.namespace, rootNamespace].flatMap((namespace) => [
            keyOf(namespace, value),
            keyOf(namespace, ""),
        ]),
    );
}

/** The RequestAuthentications of the stack that may accept the tokens of a policy's requests. @throws UnknownValue */
export function authenticationsFor(
    stack: Stack,
    policy: KubernetesObject,
    settings: Settings,
): readonly KubernetesObject[] {
    return candidatesBeside(stack, REQUEST_AUTHENTICATION, policy, settings).filter(
        (authentication) => mayMeet(authentication, policy, settings),
    );
}

/** Lists in which a rule names what a token says. @throws UnknownValue */
export function tokensNamedIn(rule: Field): readonly Field[] {
    return listsOfTokens(rule, namedIn(rule, "requestPrincipals"), "values");
}

/** Lists in which a rule names what a token does not say, which one without a token meets. @throws UnknownValue */
export function tokensExceptedIn(rule: Field): readonly Field[] {
    return listsOfTokens(rule, exceptedIn(rule, "requestPrincipals"), "notValues");
}

function listsOfTokens(rule: Field, principals: readonly Field[], step: string): readonly Field[] {
    const conditions = rule
        .at("when")
        .items()
        .filter(
            (condition) =>
                keyOf(condition).startsWith(OF_A_TOKEN) &&
                keyOf(condition) !== "request.auth.principal",
        );
    return [...principals, ...conditions.map((condition) => condition.at(step))].filter(
        (list) => list.items().length > 0,
    );
}
