import { httpRoutes } from "#policy/http-route.ts";
import { milliseconds } from "#policy/duration.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { UnknownValue } from "#policy/field.ts";
import { fullHost } from "#policy/hosts.ts";
import { VIRTUAL_SERVICE } from "#policy/kinds.ts";
import { Unknown } from "#policy/known.ts";
import { repeatableMethods } from "#policy/request-match.ts";
import { attemptsOf, conditionsOf, unsafeConditions } from "#policy/retries.ts";
import { firstOf } from "#policy/search.ts";
import type { Settings } from "#policy/settings.ts";
import type { Stack } from "#policy/stack.ts";
import type { Answer, Entry, Fault, Retries, Target } from "./answer.ts";
import type { Condition, Match, TextMatch } from "./match.ts";
import { HIDDEN, isSecretName } from "../secret-names.ts";

/** Length of a duration; `undefined` where none is said or it is switched off. @throws UnknownValue */
export function durationAt(field: Field): number | undefined {
    const text = field.text();
    if (text === undefined) {
        return undefined;
    }
    const length = milliseconds(text);
    if (length === undefined) {
        throw new UnknownValue(field, new Unknown(`${text} is no duration`));
    }
    return length === 0 ? undefined : length;
}

function textMatch(field: Field): TextMatch {
    for (const how of ["exact", "prefix", "regex"] as const) {
        const text = field.at(how).text();
        if (text !== undefined) {
            return { how, text };
        }
    }
    return { how: "present", text: "" };
}

function condition(attribute: string, match: TextMatch, negated = false): Condition {
    // Istio writes the method as a header, too.
    return { attribute: attribute === "header :method" ? "method" : attribute, match, negated };
}

/** Conditions of which each key is one of its own, and the name of what it is of. */
const KEYED = { headers: "header", queryParams: "query", withoutHeaders: "header" } as const;
const SINGLE = ["authority", "scheme", "method"] as const;
/** Conditions that take any of several values; for a sidecar or a server there is one. */
const LISTED = { sniHosts: "server name", destinationSubnets: "subnet" } as const;

function pathCondition(match: Field): readonly Condition[] {
    const uri = match.at("uri");
    const ignoreCase = match.at("ignoreUriCase").flag() === true;
    return uri.exists
        ? [condition("path", { ...textMatch(uri), ...(ignoreCase && { ignoreCase }) })]
        : [];
}

/** The conditions of a match, once for each of its listed values. @throws UnknownValue */
function matchesFrom(match: Field): readonly Match[] {
    const exact = (attribute: string, text: string | undefined): readonly Condition[] =>
        text === undefined ? [] : [condition(attribute, { how: "exact", text })];
    const conditions = [
        ...pathCondition(match),
        ...SINGLE.filter((key) => match.at(key).exists).map((key) =>
            condition(key, textMatch(match.at(key))),
        ),
        ...Object.entries(KEYED).flatMap(([key, attribute]) =>
            match
                .at(key)
                .entries()
                .map(([name, field]) =>
                    condition(
                        `${attribute} ${name.toLowerCase()}`,
                        textMatch(field),
                        key === "withoutHeaders",
                    ),
                ),
        ),
        ...match
            .at("sourceLabels")
            .entries()
            .flatMap(([name, field]) => exact(`source ${name}`, field.text())),
        ...exact("source namespace", match.at("sourceNamespace").text()),
        ...exact("port", match.at("port").text()),
    ];
    return Object.entries(LISTED).reduce<readonly Match[]>(
        (matches, [key, attribute]) => {
            const values = match.at(key).texts();
            return values.length === 0
                ? matches
                : matches.flatMap((one) =>
                      values.map((text) => [...one, condition(attribute, listed(text))]),
                  );
        },
        [conditions],
    );
}

/** A name that may begin with a wildcard. */
function listed(text: string): TextMatch {
    return text.startsWith("*")
        ? { how: "regex", text: `.*${text.slice(1).replaceAll(".", "\\.")}` }
        : { how: "exact", text };
}

/** The matches of a route that hold at a place: one that names gateways holds at those alone. @throws UnknownValue */
function matchesAt(route: Field, isHere: (gateway: string) => boolean): readonly Match[] {
    const matches = route.at("match").items();
    return matches.length === 0
        ? [[]]
        : matches
              .filter((match) => {
                  const gateways = match.at("gateways").texts();
                  return gateways.length === 0 || gateways.some(isHere);
              })
              .flatMap(matchesFrom);
}

/** Shares of all that goes somewhere, each in percent. */
function inPercent(targets: readonly Target[], weights: readonly number[]): readonly Target[] {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return targets
        .map((target, at) => ({
            ...target,
            percent: sum === 0 ? 100 / targets.length : ((weights[at] ?? 0) * 100) / sum,
        }))
        .filter(({ percent }) => percent > 0);
}

function targetAt(field: Field, settings: Settings): Target {
    const host = field.at("host").text() ?? "";
    const [subset, port] = [field.at("subset").text(), field.at("port", "number").text()];
    return {
        host: fullHost(host, host.includes(".") ? "" : field.object.namespace, settings),
        ...(subset !== undefined && { subset }),
        ...(port !== undefined && { port }),
        percent: 100,
    };
}

function targetsOf(route: Field, settings: Settings): readonly Target[] {
    const targets = route.at("route").items();
    return inPercent(
        targets.map((target) => targetAt(target.at("destination"), settings)),
        targets.map((target) => target.at("weight").number() ?? (targets.length === 1 ? 100 : 0)),
    );
}

/** What a policy of retries says; what it leaves out is Istio's default. @throws UnknownValue */
export function retriesAt(field: Field): Retries {
    const attempts = attemptsOf(field);
    const perTryTimeout = durationAt(field.at("perTryTimeout"));
    return {
        attempts,
        ...(perTryTimeout !== undefined && { perTryTimeout }),
        conditions: attempts === 0 ? [] : [...new Set(conditionsOf(field))].sort(),
        unsafe: field.exists ? unsafeConditions(field) : [],
    };
}

function percentAt(field: Field): number {
    const { percentage, percent } = {
        percentage: field.at("percentage", "value").number(),
        percent: field.at("percent").number(),
    };
    return percentage ?? percent ?? 0;
}

function faultsOf(route: Field): readonly Fault[] {
    const [delay, abort] = [route.at("fault", "delay"), route.at("fault", "abort")];
    const status = ["httpStatus", "grpcStatus"].map((key) => abort.at(key).text()).find(Boolean);
    return [
        {
            what: `a delay of ${delay.at("fixedDelay").text() ?? "0s"}`,
            percent: percentAt(delay),
        },
        { what: `an answer ${status ?? ""}`, percent: percentAt(abort) },
    ].filter(({ percent }) => percent > 0);
}

function mirrorsOf(route: Field, settings: Settings): readonly Target[] {
    const one = route.at("mirror");
    const share = route.at("mirrorPercentage", "value").number() ?? 100;
    return [
        ...(one.exists ? [{ ...targetAt(one, settings), percent: share }] : []),
        ...route
            .at("mirrors")
            .items()
            .map((mirror) => ({
                ...targetAt(mirror.at("destination"), settings),
                percent: mirror.at("percentage", "value").number() ?? 100,
            })),
    ].filter(({ percent }) => percent > 0);
}

/** What becomes of headers: of all targets, those of one by itself with its host. @throws UnknownValue */
function headersOf(route: Field): readonly string[] {
    const targets = route.at("route").items();
    const places = [
        { headers: route.at("headers"), suffix: "" },
        ...targets.map((target) => ({
            headers: target.at("headers"),
            suffix:
                targets.length === 1
                    ? ""
                    : ` to ${target.at("destination", "subset").text() ?? target.at("destination", "host").text() ?? ""}`,
        })),
    ];
    return places.flatMap(({ headers, suffix }) => headerChanges(headers, suffix)).sort();
}

function headerChanges(headers: Field, suffix: string): readonly string[] {
    return (["request", "response"] as const).flatMap((side) => {
        const place = headers.at(side);
        const of = `in ${side}s${suffix}`;
        const written = (key: "add" | "set"): readonly string[] =>
            place
                .at(key)
                .entries()
                .map(([name, value]) => {
                    const text = isSecretName(name) ? HIDDEN : (value.text() ?? "");
                    return `${key}s ${name}: ${text} ${of}`;
                });
        const removed = place
            .at("remove")
            .texts()
            .map((name) => `removes ${name} ${of}`);
        return [...written("set"), ...written("add"), ...removed];
    });
}

/** A field in one text that is the same for the same content. @throws UnknownValue */
function flat(field: Field): string {
    const entries = field.entries();
    const items = field.items();
    return entries.length > 0
        ? entries
              .map(([key, value]) => `${key} ${flat(value)}`)
              .sort()
              .join(", ")
        : items.length > 0
          ? items.map(flat).sort().join(" ")
          : (field.text() ?? "");
}

/** {@link flat}, of what is there. @throws UnknownValue */
function flatOf(field: Field): string | undefined {
    return field.exists ? flat(field) : undefined;
}

function originsOf(policy: Field): readonly string[] {
    return [
        ...policy.at("allowOrigins").items().map(flat),
        ...policy
            .at("allowOrigin")
            .texts()
            .map((text) => `exact ${text}`),
    ].sort();
}

/** What a route of HTTP does. @throws UnknownValue */
function answerOf(route: Field, { settings, defaultRetries }: Place): Answer {
    const timeout = durationAt(route.at("timeout"));
    const [rewrite, crossOrigin, location] = [
        flatOf(route.at("rewrite")),
        flatOf(route.at("corsPolicy")),
        flatOf(route.at("redirect")),
    ];
    const status = route.at("directResponse", "status").text();
    return {
        kind: location !== undefined ? "redirect" : status !== undefined ? "direct" : "forward",
        targets: targetsOf(route, settings),
        ...(timeout !== undefined && { timeout }),
        retries: route.at("retries").exists ? retriesAt(route.at("retries")) : defaultRetries(),
        faults: faultsOf(route),
        mirrors: mirrorsOf(route, settings),
        ...(rewrite !== undefined && { rewrite }),
        headers: headersOf(route),
        ...(crossOrigin !== undefined && { crossOrigin }),
        origins: originsOf(route.at("corsPolicy")),
        ...(location !== undefined && { location }),
        ...(status !== undefined && { status }),
    };
}

/** Whether routes hand their requests to a VirtualService that is there; else Istio drops the route. @throws UnknownValue */
function delegateOf(route: Field, stack: Stack): KubernetesObject | undefined {
    const place = route.at("delegate");
    const [name, namespace] = [
        place.at("name").text(),
        place.at("namespace").text() ?? route.object.namespace,
    ];
    return name === undefined
        ? undefined
        : firstOf(
              stack.in(namespace, VIRTUAL_SERVICE),
              (service) =>
                  service.name === name &&
                  service.namespace === namespace &&
                  service.root.at("spec", "hosts").items().length === 0,
          );
}

/** An answer of a route that another one delegates to: what it leaves out the other says. @throws UnknownValue */
function inherited(own: Answer, route: Field, from: Field, place: Place): Answer {
    const under = answerOf(from, place);
    const isLeftOut = (key: string): boolean => from.at(key).exists && !route.at(key).exists;
    return {
        ...own,
        ...(isLeftOut("timeout") && under.timeout !== undefined && { timeout: under.timeout }),
        ...(isLeftOut("retries") && { retries: under.retries }),
        ...(isLeftOut("fault") && { faults: under.faults }),
        ...((isLeftOut("mirror") || isLeftOut("mirrors")) && { mirrors: under.mirrors }),
        ...(isLeftOut("rewrite") && under.rewrite !== undefined && { rewrite: under.rewrite }),
        ...(isLeftOut("corsPolicy") &&
            under.crossOrigin !== undefined && {
                crossOrigin: under.crossOrigin,
                origins: under.origins,
            }),
        headers: [...new Set([...under.headers, ...own.headers])].sort(),
    };
}

/** Where a VirtualService is read, and by what. */
export interface Place {
    readonly stack: Stack;
    readonly settings: Settings;
    /** Whether a name in a match's `gateways` is this place. */
    readonly isHere: (gateway: string) => boolean;
    /** What is tried again where a route says nothing of it. @throws UnknownValue */
    readonly defaultRetries: () => Retries;
}

/** The routes of HTTP of a VirtualService at a place, in the order in which they are asked. @throws UnknownValue */
export function httpEntries(service: KubernetesObject, place: Place): readonly Entry[] {
    const { stack, settings } = place;
    const routes = httpRoutes(service);
    return routes.flatMap((route, at) => {
        const own = matchesAt(route, place.isHere);
        const repeats = (one: Field, before: readonly Field[], retries: Retries) =>
            retries.unsafe.length === 0
                ? []
                : repeatableMethods(one, before, settings.idempotencyHeaders);
        if (!route.at("delegate").exists) {
            const answer = answerOf(route, place);
            const methods = repeats(route, routes.slice(0, at), answer.retries);
            return own.map((match) => ({ match, answer, field: route, repeats: methods }));
        }
        const delegate = delegateOf(route, stack);
        const delegated = delegate === undefined ? [] : httpRoutes(delegate);
        return delegated.flatMap((inner, index) => {
            const answer = inherited(answerOf(inner, place), inner, route, place);
            const methods = repeats(inner, delegated.slice(0, index), answer.retries);
            return own.flatMap((match) =>
                matchesAt(inner, place.isHere).map((more) => ({
                    match: [...match, ...more],
                    answer,
                    field: inner,
                    repeats: methods,
                })),
            );
        });
    });
}

const NO_RETRIES: Retries = { attempts: 0, conditions: [], unsafe: [] };

/** What a proxy does with what nothing more is said about. */
export function plainAnswer(targets: readonly Target[], retries = NO_RETRIES): Answer {
    return {
        kind: "forward",
        targets,
        retries,
        faults: [],
        mirrors: [],
        headers: [],
        origins: [],
    };
}

/** The routes of connections of a VirtualService at a place. @throws UnknownValue */
export function connectionEntries(
    service: KubernetesObject,
    protocol: "tcp" | "tls",
    { settings, isHere }: Pick<Place, "isHere" | "settings">,
): readonly Entry[] {
    return service.root
        .at("spec", protocol)
        .items()
        .flatMap((field) => {
            const answer = plainAnswer(targetsOf(field, settings));
            return matchesAt(field, isHere).map((match) => ({ match, answer, field, repeats: [] }));
        });
}
