import type { IAuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import type { EnvoyFilterChain, EnvoyRbacPolicy } from "#live/proxies/envoy-types.ts";
import { authorizationOf } from "#live/proxies/inbound.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Condition } from "./condition.ts";
import { ALWAYS, conditionText, NEVER } from "./condition.ts";
import type { ObjectName } from "./object-name.ts";
import type { Statement } from "./statement.ts";
import type { ProxiedPod } from "./workload.ts";
import { selects } from "./workload.ts";

type Spec = NonNullable<IAuthorizationPolicy["spec"]>;
type Rule = NonNullable<Spec["rules"]>[number];
type From = NonNullable<Rule["from"]>[number];
type To = NonNullable<Rule["to"]>[number];

const KIND = "AuthorizationPolicy";
const SPIFFE = "spiffe://";

/**
 * What the declared policies say at a pod's proxy.
 *
 * @param http whether the proxy reads requests there; of connections it knows caller and port alone
 * @throws Error for a field that the program does not use, so that nobody can tell
 */
export function declaredRules(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
    http: boolean,
): Statement[] {
    return objects
        .filter(({ kind }) => kind === KIND)
        .filter(({ metadata, spec }) =>
            selects(metadata.namespace, (spec as Spec).selector?.matchLabels, pod),
        )
        .flatMap(({ metadata: { name, namespace }, spec }) => {
            const { action = "ALLOW", rules = [] } = spec as Spec;
            const by = { kind: KIND, namespace, name };
            return rules.length === 0
                ? [statement(action, NEVER, NEVER, by)]
                : rules.flatMap((rule) => ruleStatement(action, rule, http, by));
        });
}

function ruleStatement(action: string, rule: Rule, http: boolean, by: ObjectName): Statement[] {
    refuseOthers(rule, ["from", "to"], by);
    const { from, to } = rule;
    const usable = to?.filter(({ operation }) => http || !isHttpOnly(operation));
    // Istio leaves out an ALLOW that it cannot read on a connection, so that it allows less.
    if (to !== undefined && usable?.length !== to.length) {
        return [];
    }
    return [
        statement(
            action,
            from === undefined ? ALWAYS : { any: from.map((each) => sourceOf(each, by)) },
            usable === undefined ? ALWAYS : { any: usable.map((each) => operationOf(each, by)) },
            by,
        ),
    ];
}

function isHttpOnly(operation: To["operation"]): boolean {
    const { methods, paths, hosts } = operation ?? {};
    return methods !== undefined || paths !== undefined || hosts !== undefined;
}

function sourceOf({ source = {} }: From, by: ObjectName): Condition {
    refuseOthers(source, ["principals", "namespaces"], by);
    return {
        all: [
            ...oneOf("principal", source.principals),
            ...oneOf("a principal of namespace", source.namespaces),
        ],
    };
}

function operationOf({ operation = {} }: To, by: ObjectName): Condition {
    refuseOthers(operation, ["methods", "paths", "hosts", "ports"], by);
    return {
        all: [
            ...oneOf("method", operation.methods),
            ...oneOf("path", operation.paths),
            ...oneOf("host", operation.hosts),
            ...oneOf("port", operation.ports),
        ],
    };
}

function oneOf(what: string, values: readonly string[] | undefined): Condition[] {
    return values === undefined ? [] : [{ any: values.map((value) => `${what} ${value}`) }];
}

function refuseOthers(value: object, known: readonly string[], by: ObjectName): void {
    const other = Object.keys(value).find((field) => !known.includes(field));
    if (other !== undefined) {
        throw new Error(
            `what ${other} of ${by.kind} ${by.namespace ?? ""}/${by.name} becomes in a proxy is not known here`,
        );
    }
}

function statement(action: string, who: Condition, what: Condition, by?: ObjectName): Statement {
    const verb = { ALLOW: "lets", DENY: "refuses", LOG: "notes" }[action] ?? action;
    const whom = conditionText(who);
    const text =
        whom === conditionText(NEVER)
            ? `${verb} nobody do anything`
            : `${verb} ${whomText(whom)} do ${conditionText(what)}`;
    return { text, by };
}

function whomText(whom: string): string {
    if (whom === ALWAYS) {
        return "everybody";
    }
    return whom.includes("principal") ? whom : `everybody with ${whom}`;
}

/** What a filter chain's authorization filters say. A filter without rules is none. */
export function heldRules(chain: EnvoyFilterChain): Statement[] {
    return authorizationOf(chain).flatMap(({ rules }) =>
        rules === undefined
            ? []
            : Object.entries(rules.policies ?? {}).map(([name, policy]) =>
                  heldStatement(rules.action ?? "ALLOW", name, policy),
              ),
    );
}

function heldStatement(
    action: string,
    name: string,
    { permissions = [], principals = [] }: EnvoyRbacPolicy,
): Statement {
    return statement(
        action,
        { any: principals.map(heldCondition) },
        { any: permissions.map(heldCondition) },
        policyNamed(name),
    );
}

/** `ns[a4co]-policy[deny-all]-rule[0]`, as Istio calls a rule. */
function policyNamed(rule: string): ObjectName | undefined {
    const [, namespace, name] = /^ns\[([^\]]*)\]-policy\[([^\]]*)\]/.exec(rule) ?? [];
    return name === undefined ? undefined : { kind: KIND, namespace, name };
}

/** A permission or a principal of Envoy's, in the words of the declaration; what has no such words as it stands. */
function heldCondition(node: unknown): Condition {
    const [[key, value] = ["", undefined]] = Object.entries(node as object) as [string, unknown][];
    switch (key) {
        case "any":
            return ALWAYS;
        case "and_rules":
            return { all: inner(value, "rules") };
        case "and_ids":
            return { all: inner(value, "ids") };
        case "or_rules":
            return { any: inner(value, "rules") };
        case "or_ids":
            return { any: inner(value, "ids") };
        case "not_rule":
        case "not_id":
            return { not: heldCondition(value) };
        case "destination_port":
            return `port ${String(value)}`;
        case "header":
            return headerText(value as HeaderMatch);
        case "url_path":
            return `path ${matchText((value as { path?: TextMatch }).path)}`;
        case "authenticated":
            return principalText((value as { principal_name?: TextMatch }).principal_name);
        case "filter_state":
            return principalText((value as { string_match?: TextMatch }).string_match);
        default:
            return JSON.stringify(node);
    }
}

function inner(value: unknown, field: "rules" | "ids"): Condition[] {
    return ((value as Record<string, readonly unknown[] | undefined>)[field] ?? []).map(
        heldCondition,
    );
}

interface TextMatch {
    readonly exact?: string;
    readonly prefix?: string;
    readonly suffix?: string;
    readonly safe_regex?: { readonly regex?: string };
}

interface HeaderMatch {
    readonly name?: string;
    readonly string_match?: TextMatch;
    readonly present_match?: boolean;
}

const HEADERS: Readonly<Record<string, string>> = { ":method": "method", ":authority": "host" };

function headerText({
    name = "",
    string_match: match,
    present_match: present,
}: HeaderMatch): string {
    const what = HEADERS[name] ?? `header ${name}`;
    return `${what} ${present === true ? "*" : matchText(match)}`;
}

/** As a policy writes it: `/orders`, `/orders/*`, `*.jpg`. */
function matchText(match: TextMatch | undefined): string {
    const { exact, prefix, suffix, safe_regex: regex } = match ?? {};
    return (
        exact ??
        (prefix === undefined ? undefined : `${prefix}*`) ??
        (suffix === undefined ? undefined : `*${suffix}`) ??
        (regex?.regex === undefined ? JSON.stringify(match) : `~ ${regex.regex}`)
    );
}

function principalText(match: TextMatch | undefined): string {
    const { safe_regex: regex } = match ?? {};
    const namespace = /^\.\*\/ns\/(.*)\/\.\*$/.exec(regex?.regex ?? "")?.[1];
    if (namespace !== undefined) {
        const literal = namespace.replaceAll(".*", "*").replaceAll(/\\(.)/g, "$1");
        return `a principal of namespace ${literal}`;
    }
    const text = matchText(match);
    return text === "~ .+" || text === `${SPIFFE}*`
        ? "principal *"
        : `principal ${text.replace(SPIFFE, "")}`;
}
