import type { Field, Finding, KubernetesObject } from "./field.ts";
import { each } from "./finding.ts";
import { isGatewayLabelled } from "./labels.ts";
import type { Settings } from "./settings.ts";

/** What an AuthorizationPolicy does with what it matches; ALLOW where it does not say. @throws UnknownValue */
export function actionOf({ root }: KubernetesObject): string {
    return root.at("spec", "action").text() ?? "ALLOW";
}

/** {@link each} of the policy's rules. */
export function eachRule(
    { root }: KubernetesObject,
    check: (rule: Field) => readonly Finding[],
): Finding[] {
    return each(() => root.at("spec", "rules").items(), check);
}

/** The sources of a rule; none lets everybody in. @throws UnknownValue */
export function sourcesOf(rule: Field): readonly Field[] {
    return rule
        .at("from")
        .items()
        .map((from) => from.at("source"));
}

/** The operations of a rule; none stands for every one. @throws UnknownValue */
export function operationsOf(rule: Field): readonly Field[] {
    return rule
        .at("to")
        .items()
        .map((to) => to.at("operation"));
}

/** A field of a source, and the key under which `when` holds the same. */
const CONDITION_KEYS = {
    principals: "source.principal",
    namespaces: "source.namespace",
    serviceAccounts: "source.serviceAccount",
    ipBlocks: "source.ip",
    remoteIpBlocks: "remote.ip",
    requestPrincipals: "request.auth.principal",
} as const;

export type SourceField = keyof typeof CONDITION_KEYS;
export const SOURCE_FIELDS = Object.keys(CONDITION_KEYS) as readonly SourceField[];

/** The conditions of a rule that ask for what a field of a source asks for. @throws UnknownValue */
export function conditionsLike(rule: Field, field: SourceField): readonly Field[] {
    return rule
        .at("when")
        .items()
        .filter((condition) => condition.at("key").text() === CONDITION_KEYS[field]);
}

/** Lists in which a rule names callers, in its sources and in its conditions. @throws UnknownValue */
export function namedIn(rule: Field, field: SourceField): readonly Field[] {
    return [
        ...sourcesOf(rule).map((source) => source.at(field)),
        ...conditionsLike(rule, field).map((condition) => condition.at("values")),
    ];
}

/** Lists in which a rule names the callers that it does not mean. @throws UnknownValue */
export function exceptedIn(rule: Field, field: SourceField): readonly Field[] {
    const negative = `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    return [
        ...sourcesOf(rule).map((source) => source.at(negative)),
        ...conditionsLike(rule, field).map((condition) => condition.at("notValues")),
    ];
}

/** Whether a policy holds for every workload of its namespace. @throws UnknownValue */
export function isNamespaceWide({ root }: KubernetesObject): boolean {
    const spec = root.at("spec");
    return (
        spec.at("selector", "matchLabels").entries().length === 0 &&
        !spec.at("targetRef").exists &&
        spec.at("targetRefs").items().length === 0
    );
}

/** Whether a policy holds for ingress gateways alone, whose callers have no identity of the mesh. @throws UnknownValue */
export function isForGateway({ root }: KubernetesObject, settings: Settings): boolean {
    const spec = root.at("spec");
    const targets = [spec.at("targetRef"), ...spec.at("targetRefs").items()];
    return (
        isGatewayLabelled(spec.at("selector", "matchLabels"), settings) ||
        targets.some((target) => target.at("kind").text() === "Gateway")
    );
}
