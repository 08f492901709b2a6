import type { Field, KubernetesObject } from "#policy/field.ts";
import { isServiceReference, routeRules } from "#policy/gateway-api.ts";
import { repeatableIn } from "#policy/gateway-api-match.ts";
import { GRPC_ROUTE } from "#policy/kinds.ts";
import type { Settings } from "#policy/settings.ts";
import type { Answer, Entry, Retries, Target } from "./answer.ts";
import type { Condition, Match, TextMatch } from "./match.ts";
import { durationAt, plainAnswer } from "./virtual-service.ts";
import { HIDDEN, isSecretName } from "../secret-names.ts";

function condition(attribute: string, how: TextMatch["how"], text: string): Condition {
    return { attribute, match: { how, text }, negated: false };
}

const HOW: Readonly<Record<string, TextMatch["how"]>> = {
    Exact: "exact",
    PathPrefix: "segments",
    RegularExpression: "regex",
};

function named(match: Field, key: string, attribute: string): readonly Condition[] {
    return match
        .at(key)
        .items()
        .map((one) =>
            condition(
                `${attribute} ${(one.at("name").text() ?? "").toLowerCase()}`,
                HOW[one.at("type").text() ?? "Exact"] ?? "exact",
                one.at("value").text() ?? "",
            ),
        );
}

/** The path of a method of gRPC: `/<service>/<method>`. @throws UnknownValue */
function grpcPath(method: Field): readonly Condition[] {
    const [service, name] = [method.at("service").text(), method.at("method").text()];
    if (!method.exists || (service === undefined && name === undefined)) {
        return [];
    }
    if ((method.at("type").text() ?? "Exact") === "Exact") {
        return service === undefined
            ? [condition("path", "regex", `/[^/]+/${name ?? ""}`)]
            : name === undefined
              ? [condition("path", "prefix", `/${service}/`)]
              : [condition("path", "exact", `/${service}/${name}`)];
    }
    return [condition("path", "regex", `/${service ?? ".+"}/${name ?? ".+"}`)];
}

/** @throws UnknownValue */
function matchFrom(match: Field, route: KubernetesObject): Match {
    const path = match.at("path");
    const [how, text] = [path.at("type").text() ?? "PathPrefix", path.at("value").text() ?? "/"];
    const method = match.at("method").text();
    const isEverything = how === "PathPrefix" && text === "/";
    return [
        ...(route.kind === GRPC_ROUTE.kind
            ? grpcPath(match.at("method"))
            : [
                  ...(isEverything ? [] : [condition("path", HOW[how] ?? "exact", text)]),
                  ...(method === undefined ? [] : [condition("method", "exact", method)]),
              ]),
        ...named(match, "headers", "header"),
        ...named(match, "queryParams", "query"),
    ];
}

/** The backends of a rule by their shares. @throws UnknownValue */
function targetsOf(rule: Field, settings: Settings): readonly Target[] {
    const references = rule.at("backendRefs").items();
    const weights = references.map((reference) => reference.at("weight").number() ?? 1);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return references.flatMap((reference, at) => {
        const percent = sum === 0 ? 0 : ((weights[at] ?? 0) * 100) / sum;
        return percent > 0 ? [{ ...backend(reference, settings), percent }] : [];
    });
}

/** @throws UnknownValue */
function backend(reference: Field, { clusterDomain }: Settings): Target {
    const namespace = reference.at("namespace").text() ?? reference.object.namespace;
    const name = reference.at("name").text() ?? "";
    const port = reference.at("port").text();
    return {
        host: isServiceReference(reference)
            ? `${name}.${namespace}.svc.${clusterDomain}`
            : reference.at("kind").text() === "Hostname"
              ? name
              : `${reference.at("kind").text() ?? ""} ${namespace}/${name}`,
        ...(port !== undefined && { port }),
        percent: 100,
    };
}

const RETRIED = ["cancelled", "connect-failure", "refused-stream", "unavailable"];

/** Without a word about them a route has the mesh's own. @throws UnknownValue */
function retriesOf(rule: Field): Retries | undefined {
    const retry = rule.at("retry");
    if (!retry.exists) {
        return undefined;
    }
    const codes = retry.at("codes").texts();
    const attempts = retry.at("attempts").number() ?? 2;
    const perTryTimeout = durationAt(rule.at("timeouts", "backendRequest"));
    return {
        attempts,
        ...(perTryTimeout !== undefined && { perTryTimeout }),
        conditions: attempts === 0 ? [] : [...RETRIED, ...codes].sort(),
        unsafe: attempts === 0 ? [] : codes,
    };
}

function filtersOf(rule: Field, type: string): readonly Field[] {
    return rule
        .at("filters")
        .items()
        .filter((filter) => filter.at("type").text() === type);
}

/** A filter in one text that is the same for the same content. @throws UnknownValue */
function said(filter: Field): string {
    return JSON.stringify(filter.value, (_, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).sort())
            : value,
    );
}

function first(filters: readonly Field[], key: string): string | undefined {
    return filters[0] && said(filters[0].at(key));
}

/** What the kinds of a new path are called in VirtualServices. */
const PATHS = { replaceFullPath: "uri", replacePrefixMatch: "prefix" } as const;

/** Where requests are led to, in the words of a VirtualService. @throws UnknownValue */
function leading(filters: readonly Field[], key: string): string | undefined {
    const filter = filters[0]?.at(key);
    if (filter === undefined) {
        return undefined;
    }
    const of = (field: Field, word: string): readonly string[] => {
        const text = field.text();
        return text === undefined ? [] : [`${word} ${text}`];
    };
    return [
        ...of(filter.at("hostname"), "authority"),
        ...of(filter.at("port"), "port"),
        ...of(filter.at("scheme"), "scheme"),
        ...of(filter.at("statusCode"), "redirectCode"),
        ...Object.entries(PATHS).flatMap(([field, word]) => of(filter.at("path", field), word)),
    ].join(", ");
}

/** @throws UnknownValue */
function headersOf(rule: Field): readonly string[] {
    return (["request", "response"] as const)
        .flatMap((side) => {
            const [type, key] =
                side === "request"
                    ? ["RequestHeaderModifier", "requestHeaderModifier"]
                    : ["ResponseHeaderModifier", "responseHeaderModifier"];
            return filtersOf(rule, type).flatMap((filter) => {
                const place = filter.at(key);
                const written = (verb: "add" | "set"): readonly string[] =>
                    place
                        .at(verb)
                        .items()
                        .map((one) => {
                            const name = (one.at("name").text() ?? "").toLowerCase();
                            const text = isSecretName(name)
                                ? HIDDEN
                                : (one.at("value").text() ?? "");
                            return `${verb}s ${name}: ${text} in ${side}s`;
                        });
                const removed = place
                    .at("remove")
                    .texts()
                    .map((name) => `removes ${name} in ${side}s`);
                return [...written("set"), ...written("add"), ...removed];
            });
        })
        .sort();
}

/** @throws UnknownValue */
function mirrorsOf(rule: Field, settings: Settings): readonly Target[] {
    return filtersOf(rule, "RequestMirror").map((filter) => {
        const mirror = filter.at("requestMirror");
        const fraction = mirror.at("fraction");
        const percent = fraction.exists
            ? ((fraction.at("numerator").number() ?? 0) * 100) /
              (fraction.at("denominator").number() ?? 100)
            : (mirror.at("percent").number() ?? 100);
        return { ...backend(mirror.at("backendRef"), settings), percent };
    });
}

/** What a rule does with its requests. @throws UnknownValue */
function answerOf(rule: Field, settings: Settings, retriesOfMesh: Retries): Answer {
    const retries = retriesOf(rule);
    const [request, backendRequest] = ["request", "backendRequest"].map((key) =>
        durationAt(rule.at("timeouts", key)),
    );
    // One try ends the request where there is no second one.
    const timeout = retries === undefined ? (backendRequest ?? request) : request;
    const [rewrite, location, crossOrigin] = [
        leading(filtersOf(rule, "URLRewrite"), "urlRewrite"),
        leading(filtersOf(rule, "RequestRedirect"), "requestRedirect"),
        first(filtersOf(rule, "CORS"), "cors"),
    ];
    const targets = targetsOf(rule, settings);
    return {
        ...plainAnswer(targets, retries ?? retriesOfMesh),
        kind: location !== undefined ? "redirect" : targets.length === 0 ? "direct" : "forward",
        ...(timeout !== undefined && { timeout }),
        mirrors: mirrorsOf(rule, settings),
        ...(rewrite !== undefined && { rewrite }),
        headers: headersOf(rule),
        ...(crossOrigin !== undefined && { crossOrigin }),
        origins: filtersOf(rule, "CORS")
            .flatMap((filter) => filter.at("cors", "allowOrigins").texts())
            .sort(),
        ...(location !== undefined && { location }),
        // Istio's answer for a rule without a backend.
        ...(targets.length === 0 && location === undefined && { status: "500" }),
    };
}

/** How precise a match is, in the order in which Gateway API compares. */
function precisionOf(match: Match): readonly number[] {
    const path = match.find(({ attribute }) => attribute === "path")?.match;
    const count = (kind: string): number =>
        match.filter(({ attribute }) => attribute.startsWith(kind)).length;
    return [
        path?.how === "exact" ? 1 : 0,
        path?.how === "regex" ? 0 : (path?.text.length ?? 0),
        count("method"),
        count("header "),
        count("query "),
    ];
}

function morePrecise(one: Entry, other: Entry): number {
    const [own, others] = [precisionOf(one.match), precisionOf(other.match)];
    const at = own.findIndex((value, place) => value !== others[place]);
    return (others[at] ?? 0) - (own[at] ?? 0);
}

/** The rules of routes of Kubernetes' API for one host, in the order in which they are asked. @throws UnknownValue */
export function ruleEntries(
    routes: readonly KubernetesObject[],
    settings: Settings,
    retriesOfMesh: Retries,
): readonly Entry[] {
    return routes
        .flatMap((route) =>
            routeRules(route).flatMap((field) => {
                const answer = answerOf(field, settings, retriesOfMesh);
                const repeats =
                    answer.retries.unsafe.length === 0
                        ? []
                        : repeatableIn(field, settings.idempotencyHeaders);
                const matches = field.at("matches").items();
                return (
                    matches.length === 0 ? [[]] : matches.map((match) => matchFrom(match, route))
                ).map((match) => ({ match, answer, field, repeats }));
            }),
        )
        .sort(morePrecise);
}
