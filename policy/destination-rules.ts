import type { Field, KubernetesObject } from "./field.ts";
import { UnknownValue } from "./field.ts";
import { some } from "./finding.ts";
import { parentsOf } from "./gateway-api.ts";
import { podNamespacesOf } from "./gateways.ts";
import { fullHost, overlaps } from "./hosts.ts";
import {
    DESTINATION_RULE,
    GATEWAY,
    HELM,
    SERVICE_ENTRY,
    VIRTUAL_SERVICE,
    WORKLOADS,
} from "./kinds.ts";
import { isGatewayLabelled, meetsLabels } from "./labels.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";
import { podOf } from "./workload.ts";

/** Whose proxies send the requests. */
export interface Caller {
    /** Namespaces of which its pods may be; the first is said. */
    readonly namespaces: readonly [string, ...string[]];
    readonly isGateway: boolean;
}

/** What Istio makes of the DestinationRules that one namespace has for one host. */
export interface MergedRule {
    readonly members: readonly [KubernetesObject, ...KubernetesObject[]];
}

/** Where Istio looks a DestinationRule up, and for whom. */
interface Scope {
    readonly rule: KubernetesObject;
    readonly host: string;
    readonly namespace: string;
    readonly exportTo: readonly string[];
    /** Whose alone it is; it leaves its namespace never. */
    readonly selector: Field | undefined;
}

/** Full name of the host that a DestinationRule is for. @throws UnknownValue */
export function ruleHost(rule: KubernetesObject, settings: Settings): string {
    const host = rule.root.at("spec", "host").text() ?? "";
    return fullHost(host, host.includes(".") ? "" : rule.namespace, settings);
}

/** @throws UnknownValue */
function scopeOf(rule: KubernetesObject, settings: Settings): Scope {
    const selector = rule.root.at("spec", "workloadSelector");
    return {
        rule,
        host: ruleHost(rule, settings),
        namespace: rule.namespace,
        exportTo: rule.root.at("spec", "exportTo").texts(),
        selector: selector.exists ? selector.at("matchLabels") : undefined,
    };
}

/** The rules whose host fits, and those of which nobody can tell whether Istio reads them. */
function candidatesFor(
    stack: Stack,
    host: string,
    settings: Settings,
): { readonly scopes: readonly Scope[]; readonly unclear: readonly KubernetesObject[] } {
    const index = stack.once(candidatesFor, () =>
        indexOf(stack.of(DESTINATION_RULE), (rule) => [ruleHost(rule, settings)]),
    );
    const fitting = new Set(
        [host, "*", ...Array.from(host, (_, at) => `*${host.slice(at)}`)].flatMap((key) =>
            index.get(key),
        ),
    );
    const scopes: Scope[] = [];
    const unclear: KubernetesObject[] = [];
    for (const rule of fitting) {
        try {
            scopes.push(scopeOf(rule, settings));
        } catch (error) {
            if (!(error instanceof UnknownValue)) {
                throw error;
            }
            unclear.push(rule);
        }
    }
    return { scopes, unclear };
}

/** Whether a rule is for its own namespace alone. */
function isPrivate({ namespace, exportTo, selector }: Scope): boolean {
    return (
        selector !== undefined ||
        (exportTo.length === 1 && (exportTo[0] === "." || exportTo[0] === namespace))
    );
}

function isReadAtHome({ namespace, exportTo, selector }: Scope): boolean {
    return (
        selector !== undefined ||
        exportTo.length === 0 ||
        exportTo.some((place) => ["*", ".", namespace].includes(place))
    );
}

function isReadFrom(scope: Scope, caller: string): boolean {
    return (
        !isPrivate(scope) &&
        (scope.exportTo.length === 0 ||
            scope.exportTo.some((place) => place === "*" || place === caller))
    );
}

/** ServiceEntries by the hosts that they name. */
function entriesByHost(stack: Stack): Index<KubernetesObject> {
    return stack.once(entriesByHost, () =>
        indexOf(stack.of(SERVICE_ENTRY), ({ root }) => root.at("spec", "hosts").texts()),
    );
}

/** The stack's ServiceEntries for a host, also by a wildcard. @throws UnknownValue */
export function serviceEntriesFor(stack: Stack, host: string): readonly KubernetesObject[] {
    const index = entriesByHost(stack);
    const keys = [host, ...Array.from(host, (_, at) => `*${host.slice(at)}`)];
    return [...new Set(keys.flatMap((key) => index.get(key)))].filter(({ root }) =>
        some(root.at("spec", "hosts").items(), (entry) => overlaps(entry.text() ?? "", host)),
    );
}

/** The namespace of a host of the cluster, which may begin with a wildcard. */
export function namespaceOfHost(host: string, { clusterDomain }: Settings): string | undefined {
    const end = `.svc.${clusterDomain}`;
    return host.endsWith(end) ? host.slice(0, -end.length).split(".").at(-1) : undefined;
}

/** The namespaces of a host's service; none where the stack does not tell. @throws UnknownValue */
function homesOf(stack: Stack, host: string, settings: Settings): readonly string[] {
    const own = namespaceOfHost(host, settings);
    return own === undefined
        ? serviceEntriesFor(stack, host).map(({ namespace }) => namespace)
        : [own];
}

/** The places where Istio looks, one after the other, each as what it finds there. */
function placesFor(
    homes: readonly string[],
    caller: string,
    { rootNamespace }: Settings,
): readonly ((scope: Scope) => boolean)[] {
    return [
        (scope) =>
            scope.namespace === caller &&
            // A caller of the root namespace looks there last, unless a rule is for it alone.
            (caller === rootNamespace ? isPrivate(scope) : isReadAtHome(scope)),
        (scope) =>
            (homes.length === 0 || homes.includes(scope.namespace)) && isReadFrom(scope, caller),
        (scope) => scope.namespace === rootNamespace && isReadFrom(scope, caller),
    ];
}

/** The named host goes before every wildcard, and a longer one before a shorter. */
function precisionOf({ host }: Scope): number {
    return host.startsWith("*") ? host.length : Infinity;
}

/** Whether a rule with a selector is for every caller. @throws UnknownValue */
function selectsAll(selector: Field, stack: Stack, caller: Caller, settings: Settings): boolean {
    if (caller.isGateway && isGatewayLabelled(selector, settings)) {
        return true;
    }
    const workloads = stack.in(selector.object.namespace, WORKLOADS);
    return (
        workloads.length > 0 &&
        workloads.every((workload) =>
            meetsLabels(podOf(workload).at("metadata", "labels"), selector),
        )
    );
}

function asMerged(scopes: readonly Scope[]): MergedRule | undefined {
    const [first, ...others] = scopes.map(({ rule }) => rule);
    return first && { members: [first, ...others] };
}

/** Those that Istio merges with a rule: for the same host, namespace and others, without a selector. */
function mates(of: Scope, scopes: readonly Scope[]): readonly Scope[] {
    const key = (scope: Scope): string => [...scope.exportTo].sort().join();
    return scopes.filter(
        (scope) =>
            scope.rule === of.rule ||
            (scope.namespace === of.namespace &&
                scope.host === of.host &&
                scope.selector === undefined &&
                of.selector === undefined &&
                key(scope) === key(of)),
    );
}

/** What Istio takes of the rules of one place. Where not all are merged, the youngest holds. @throws UnknownValue */
function chosen(
    found: readonly Scope[],
    stack: Stack,
    caller: Caller,
    settings: Settings,
): MergedRule | undefined {
    const precision = Math.max(...found.map(precisionOf));
    const best = found.filter((scope) => precisionOf(scope) === precision);
    const selecting = best.find(
        ({ selector }) => selector !== undefined && selectsAll(selector, stack, caller, settings),
    );
    const taken = selecting ?? best.findLast(({ selector }) => selector === undefined);
    return taken && asMerged(mates(taken, best));
}

/** {@link destinationRuleFor}, as far as is known. @throws UnknownValue */
export function knownRuleFor(
    stack: Stack,
    host: string,
    caller: Caller,
    settings: Settings,
): MergedRule | undefined {
    const { scopes } = candidatesFor(stack, host, settings);
    const homes = scopes.length === 0 ? [] : homesOf(stack, host, settings);
    for (const namespace of caller.namespaces) {
        const found = placesFor(homes, namespace, settings)
            .map((isThere) => scopes.filter(isThere))
            .find((there) => there.length > 0);
        const rule = found && chosen(found, stack, caller, settings);
        if (rule !== undefined) {
            return rule;
        }
    }
    return undefined;
}

/** Says that a rule which matters may be for a host. @throws UnknownValue where one may */
export function assertClear(
    stack: Stack,
    host: string,
    settings: Settings,
    matters: (rule: KubernetesObject) => boolean,
): void {
    some(
        candidatesFor(stack, host, settings).unclear,
        (rule) => matters(rule) && scopeOf(rule, settings).host === host,
    );
}

/**
 * The DestinationRule that the proxies of a caller read for a host, as Istio looks it up: in the caller's namespace,
 * then in the service's, then in the root namespace; in each the most precise host that is exported to the caller. One
 * that is not known yet is not taken for another one.
 *
 * @throws UnknownValue where none is known to be read and one may be
 */
export function destinationRuleFor(
    stack: Stack,
    host: string,
    caller: Caller,
    settings: Settings,
): MergedRule | undefined {
    const rule = knownRuleFor(stack, host, caller, settings);
    if (rule === undefined) {
        assertClear(stack, host, settings, () => true);
    }
    return rule;
}

/** The rules with which Istio merges one, itself among them, in the stack's order. @throws UnknownValue */
export function mergedWith(stack: Stack, rule: KubernetesObject, settings: Settings): MergedRule {
    const own = scopeOf(rule, settings);
    const { scopes } = candidatesFor(stack, own.host, settings);
    return asMerged(mates(own, scopes)) ?? { members: [rule] };
}

/** The rules for a host, wherever they stand. */
export function rulesFor(
    stack: Stack,
    host: string,
    settings: Settings,
): readonly KubernetesObject[] {
    return candidatesFor(stack, host, settings).scopes.map(({ rule }) => rule);
}

/** The settings that hold for every subset: of the first rule that has any. @throws UnknownValue */
export function trafficPolicyOf({ members }: MergedRule): Field {
    const policies = members.map(({ root }) => root.at("spec", "trafficPolicy"));
    return (
        firstOf(policies, (policy) => policy.exists) ?? members[0].root.at("spec", "trafficPolicy")
    );
}

/** The subsets of all merged rules. @throws UnknownValue */
export function subsetFieldsOf({ members }: MergedRule): readonly Field[] {
    return members.flatMap(({ root }) => root.at("spec", "subsets").items());
}

/** Where the stack's charts run what they make. @throws UnknownValue */
function chartNamespacesOf(stack: Stack): readonly string[] {
    return stack.once(chartNamespacesOf, () => stack.of(...HELM).map(({ namespace }) => namespace));
}

/** Namespace and name of a gateway as a VirtualService writes it. @throws UnknownValue */
export function gatewayPlace(
    text: string,
    service: KubernetesObject,
): { readonly namespace: string; readonly name: string } {
    const [first = "", second] = text.split("/");
    return {
        namespace: second === undefined || first === "." ? service.namespace : first,
        name: second ?? first,
    };
}

/** The stack's own gateway that a VirtualService names. @throws UnknownValue */
export function gatewayNamed(
    text: string,
    service: KubernetesObject,
    stack: Stack,
): KubernetesObject | undefined {
    const { namespace, name } = gatewayPlace(text, service);
    return firstOf(
        stack.in(namespace, GATEWAY),
        (candidate) => candidate.name === name && candidate.namespace === namespace,
    );
}

/** The proxies of a gateway that a VirtualService names. @throws UnknownValue */
function gatewayCaller(
    text: string,
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): Caller {
    const { namespace } = gatewayPlace(text, service);
    const gateway = gatewayNamed(text, service, stack);
    const [pods, ...others] =
        gateway === undefined
            ? []
            : podNamespacesOf(stack, gateway.root.at("spec", "selector"), settings);
    return {
        isGateway: true,
        namespaces:
            pods === undefined
                ? // Its pods are not seen here: wherever a chart may run them.
                  [namespace, ...new Set([service.namespace, ...chartNamespacesOf(stack)])]
                : [pods, ...others],
    };
}

/**
 * Whose proxies follow the routes of a VirtualService: those of its namespace, and its gateways'. A route of Kubernetes' API
 * is followed by the Gateways that are its parents, which Istio runs in their own namespaces.
 *
 * @throws UnknownValue
 */
export function callersOf(
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): readonly Caller[] {
    if (service.group !== VIRTUAL_SERVICE.group) {
        return parentsOf(service).map(({ kind, namespace }) => ({
            isGateway: kind !== "Service",
            namespaces: [namespace],
        }));
    }
    const gateways = service.root.at("spec", "gateways").texts();
    const mesh: Caller = { isGateway: false, namespaces: [service.namespace] };
    return gateways.length === 0
        ? [mesh]
        : gateways.map((name) =>
              name === "mesh" ? mesh : gatewayCaller(name, service, stack, settings),
          );
}
