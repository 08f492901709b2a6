import type { Field, Finding, KubernetesObject } from "./field.ts";
import { each } from "./finding.ts";

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

/** Fields of a source and of an operation, and the keys under which `when` holds the same. */
const CONDITION_KEYS = {
    principals: ["source.principal"],
    namespaces: ["source.namespace"],
    serviceAccounts: ["source.serviceAccount"],
    trustDomains: ["source.trustDomain"],
    ipBlocks: ["source.ip"],
    remoteIpBlocks: ["remote.ip"],
    requestPrincipals: ["request.auth.principal"],
    ports: ["destination.port"],
    paths: ["request.headers[:path]"],
    methods: ["request.headers[:method]"],
    hosts: ["request.headers[:authority]", "request.headers[host]"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const OPERATION_FIELDS = ["ports", "paths", "methods", "hosts"] as const;
export type OperationField = (typeof OPERATION_FIELDS)[number];
export const SOURCE_FIELDS = [
    "principals",
    "namespaces",
    "serviceAccounts",
    "trustDomains",
    "ipBlocks",
    "remoteIpBlocks",
    "requestPrincipals",
] as const;
export type SourceField = (typeof SOURCE_FIELDS)[number];

/** The fields that name callers by an identity of the mesh. */
export const IDENTITY_FIELDS = ["principals", "namespaces", "serviceAccounts"] as const;

/** What a condition asks about. The names of headers are in lower case, as Envoy compares them. @throws UnknownValue */
export function keyOf(condition: Field): string {
    const key = condition.at("key").text() ?? "";
    return key.startsWith("request.headers[") ? key.toLowerCase() : key;
}

/** The field that asks for what the key of a condition asks for; `undefined` where none does. */
export function fieldAskedBy(key: string): OperationField | SourceField | undefined {
    return [...OPERATION_FIELDS, ...SOURCE_FIELDS].find((field) =>
        CONDITION_KEYS[field].some((own) => own === key),
    );
}

/** The conditions of a rule that ask for what a field asks for. @throws UnknownValue */
export function conditionsLike(rule: Field, field: OperationField | SourceField): readonly Field[] {
    const keys: readonly string[] = CONDITION_KEYS[field];
    return rule
        .at("when")
        .items()
        .filter((condition) => keys.includes(keyOf(condition)));
}

/** The name of the field that matches what `field` does not name. */
export function negative(field: OperationField | SourceField): string {
    return `not${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}

/** The sources or the operations of a rule, whichever have the field. @throws UnknownValue */
function holdersOf(rule: Field, field: OperationField | SourceField): readonly Field[] {
    return OPERATION_FIELDS.some((own) => own === field) ? operationsOf(rule) : sourcesOf(rule);
}

/** Lists in which a rule names what it means, in its sources or operations and in its conditions. @throws UnknownValue */
export function namedIn(rule: Field, field: OperationField | SourceField): readonly Field[] {
    return [
        ...holdersOf(rule, field).map((holder) => holder.at(field)),
        ...conditionsLike(rule, field).map((condition) => condition.at("values")),
    ];
}

/** Lists in which a rule names what it does not mean. @throws UnknownValue */
export function exceptedIn(rule: Field, field: OperationField | SourceField): readonly Field[] {
    return [
        ...holdersOf(rule, field).map((holder) => holder.at(negative(field))),
        ...conditionsLike(rule, field).map((condition) => condition.at("notValues")),
    ];
}

/** What a policy is attached to, rather than to pods by their labels. @throws UnknownValue */
export function targetsOf({ root }: KubernetesObject): readonly Field[] {
    const spec = root.at("spec");
    const one = spec.at("targetRef");
    return [...(one.exists ? [one] : []), ...spec.at("targetRefs").items()];
}

/** Whether a policy holds for every workload of its namespace. @throws UnknownValue */
export function isNamespaceWide(policy: KubernetesObject): boolean {
    return (
        policy.root.at("spec", "selector", "matchLabels").entries().length === 0 &&
        targetsOf(policy).length === 0
    );
}

/** Where a policy says that it is only tried out: it is logged, and neither lets in nor denies. @throws UnknownValue */
export function dryRunOf({ root }: KubernetesObject): Field | undefined {
    const field = root.at("metadata", "annotations", "istio.io/dry-run");
    return ["true", "t", "1"].includes(field.text()?.toLowerCase() ?? "") ? field : undefined;
}
