import {
    namespaceOfHost,
    ruleHost,
    subsetFieldsOf,
    trafficPolicyOf,
} from "#policy/destination-rules.ts";
import type { MergedRule } from "#policy/destination-rules.ts";
import { UnknownValue } from "#policy/field.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { DESTINATION_RULE, SERVICE } from "#policy/kinds.ts";
import { partFor } from "#policy/traffic-policy.ts";
import { ejectionAt, limitsAt } from "./limits.ts";
import type { Ejection, Limits } from "./limits.ts";
import { ownLimits, ruleFor } from "./own-proxy.ts";
import type { OwnLimits } from "./own-proxy.ts";
import type { Graph } from "../change.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import { namedIn } from "../named.ts";
import { hostWritten } from "../routes/words.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload, Workloads } from "../workloads.ts";

/** The limit that says how much is under way: of requests, or of connections where nothing else is counted. */
type Unit = "http2MaxRequests" | "maxConnections";

/** What a caller's proxies let through to a host. */
export interface Passage {
    /** Name of the calling workload; absent for whoever else calls from the host's own namespace. */
    readonly caller?: string;
    readonly limits: Limits;
    readonly ejection?: Ejection;
    readonly rules: readonly KubernetesObject[];
}

/** What lets how much through to one host, or to one of its subsets or ports. */
export interface Breaker extends OwnLimits {
    readonly host: string;
    /** As people call it, with its subset and port where it is about those. */
    readonly name: string;
    readonly subset?: string;
    readonly port?: string;
    readonly passages: readonly Passage[];
    /** All pods that may call; absent where somebody may whose pods nobody counts. */
    readonly callingPods?: number;
    /** What is counted of what is under way. */
    readonly unit: Unit;
    /** What all callers together may have under way; absent where that has no limit. */
    readonly together?: number;
    /** Pods that answer; absent where only the cluster knows. */
    readonly replicas?: number;
}

/** Which subset and port of a host settings are for; all of it where nothing is said. */
interface Part {
    readonly subset?: string;
    readonly port?: string;
}

/** Ports that settings of their own are for. @throws UnknownValue */
function portsAt(policy: Field): readonly string[] {
    return policy
        .at("portLevelSettings")
        .items()
        .flatMap((settings) => settings.at("port", "number").text() ?? []);
}

/** The parts of a host for which a rule says something by itself. @throws UnknownValue */
function partsOf(rule: MergedRule | undefined): readonly Part[] {
    if (rule === undefined) {
        return [{}];
    }
    const ports = portsAt(trafficPolicyOf(rule)).map((port) => ({ port }));
    const subsets = subsetFieldsOf(rule).flatMap((field): readonly Part[] => {
        const policy = field.at("trafficPolicy");
        const subset = field.at("name").text() ?? "";
        const isOwn = ["connectionPool", "outlierDetection", "portLevelSettings"].some(
            (part) => policy.at(part).exists,
        );
        return isOwn ? [{ subset }, ...portsAt(policy).map((port) => ({ subset, port }))] : [];
    });
    return [{}, ...ports, ...subsets];
}

/** How many pods some workloads run at most, or at least; `undefined` where somebody's are not counted. */
function podsOf(workloads: readonly Workload[], which: "least" | "most"): number | undefined {
    const counts = workloads.map(({ replicas }) => replicas[which] ?? replicas.least);
    return counts.length === 0 || counts.includes(undefined)
        ? undefined
        : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Who may call a workload: by name, and whether somebody may who is no workload. */
interface Callers {
    readonly workloads: readonly Workload[];
    readonly isOpen: boolean;
}

type CallersOf = (host: string) => Callers;

function callersBy(graph: Graph, subject: Subject): CallersOf {
    const workloads = workloadsOf(subject);
    const named = namedIn(subject);
    const callersOf = new Map<Workload, Set<string>>();
    for (const { from, to } of graph.edges) {
        for (const callee of named(to)) {
            callersOf.set(callee, (callersOf.get(callee) ?? new Set()).add(from));
        }
    }
    return (host) => {
        const names = new Set(
            workloads.answering(host).flatMap((callee) => [...(callersOf.get(callee) ?? [])]),
        );
        const found = Array.from(names, named);
        return {
            workloads: [...new Set(found.flat())],
            isOpen: found.some((callers) => callers.length === 0),
        };
    };
}

/** Hosts that somebody of the mesh calls, by their full names. */
function hostsOf({ stack, settings }: MeshView): readonly string[] {
    const services = stack
        .of(SERVICE)
        .flatMap(
            (service) =>
                readable(
                    () => `${service.name}.${service.namespace}.svc.${settings.clusterDomain}`,
                ) ?? [],
        );
    const rules = stack
        .of(DESTINATION_RULE)
        .flatMap((rule) => readable(() => ruleHost(rule, settings)) ?? []);
    return [...new Set([...services, ...rules])].filter((host) => !host.startsWith("*")).sort();
}

/** Somebody who calls, as far as settings depend on it. */
interface Asking {
    readonly namespace: string;
    readonly workload?: Workload;
    readonly name?: string;
}

function breakersAt(host: string, subject: Subject, callersOf: CallersOf): readonly Breaker[] {
    const view = meshViewOf(subject);
    const workloads = workloadsOf(subject);
    const callers = callersOf(host);
    const home = namespaceOfHost(host, view.settings) ?? view.settings.rootNamespace;
    const asking: readonly Asking[] = [
        { namespace: home },
        ...callers.workloads.map((workload) => ({
            namespace: workload.namespace,
            workload,
            name: workloads.titleOf(workload),
        })),
    ];
    const rules = asking.map((one) => ({
        ...one,
        rule: ruleFor(host, one.namespace, one.workload, view),
    }));
    const parts = new Map(
        rules.flatMap(({ rule }) => partsOf(rule)).map((part) => [JSON.stringify(part), part]),
    );
    return [...parts.values()].map((part) => {
        const pods = podsBehind(host, part, rules[0]?.rule, workloads);
        const passages = rules.map(({ name, rule }) => passageOf(name, rule, part, pods));
        const behind = workloads.answering(host);
        const callingPods = callers.isOpen ? undefined : podsOf(callers.workloads, "most");
        const unit = unitOf(passages);
        const together = sumOver(callers, passages, unit);
        return {
            host,
            unit,
            name: nameOf(host, part, view),
            ...part,
            passages,
            ...(callingPods !== undefined && { callingPods }),
            ...(together !== undefined && { together }),
            ...(pods !== undefined && { replicas: pods }),
            ...ownLimits(behind[0], host, part.port, view),
        };
    });
}

function nameOf(host: string, { subset, port }: Part, view: MeshView): string {
    const name = hostWritten(host, view);
    return [name, subset, port === undefined ? undefined : `port ${port}`]
        .filter((text) => text !== undefined)
        .join(" ");
}

/** The pods behind a host, or those with a subset's labels. */
function podsBehind(
    host: string,
    { subset }: Part,
    rule: MergedRule | undefined,
    workloads: Workloads,
): number | undefined {
    const field =
        subset === undefined || rule === undefined
            ? undefined
            : readable(() => subsetFieldsOf(rule).find((one) => one.at("name").text() === subset));
    const wanted = field === undefined ? [] : (readable(() => textsOf(field.at("labels"))) ?? []);
    return podsOf(
        workloads
            .answering(host)
            .filter(({ labels }) => wanted.every(([key, value]) => labels.get(key) === value)),
        "least",
    );
}

/** @throws UnknownValue */
function passageOf(
    caller: string | undefined,
    rule: MergedRule | undefined,
    { subset, port }: Part,
    pods: number | undefined,
): Passage {
    const ejection = rule && ejectionAt(partFor(rule, subset, port, "outlierDetection"), pods);
    return {
        ...(caller !== undefined && { caller }),
        limits: rule === undefined ? {} : limitsAt(partFor(rule, subset, port, "connectionPool")),
        ...(ejection !== undefined && { ejection }),
        rules: rule?.members ?? [],
    };
}

/** Requests where any limit counts them, else connections. */
function unitOf(passages: readonly Passage[]): Unit {
    return passages.every(
        ({ limits }) =>
            limits.http2MaxRequests === undefined && limits.maxConnections !== undefined,
    )
        ? "maxConnections"
        : "http2MaxRequests";
}

/** What all callers may have under way, each as much as its pods and its limit allow. */
function sumOver(
    { workloads, isOpen }: Callers,
    [, ...passages]: readonly Passage[],
    unit: Unit,
): number | undefined {
    const shares = passages.map(({ limits }, at) => {
        const caller = workloads[at];
        const pods = caller && podsOf([caller], "most");
        return pods === undefined || limits[unit] === undefined ? undefined : pods * limits[unit];
    });
    return isOpen || shares.length === 0 || shares.includes(undefined)
        ? undefined
        : shares.reduce<number>((sum, share) => sum + (share ?? 0), 0);
}

/** What stands in for the breakers of a host that nobody can tell. */
export interface UnreadBreaker {
    readonly host: string;
    readonly unread: string;
}

/**
 * What lets how much through to each host of a mesh: by caller, by all of them together, and by the host's own proxies.
 *
 * @param graph who may call whom
 */
export function breakersOf(subject: Subject, graph: Graph): readonly (Breaker | UnreadBreaker)[] {
    const view = meshViewOf(subject);
    const callersOf = callersBy(graph, subject);
    return hostsOf(view).flatMap((host): readonly (Breaker | UnreadBreaker)[] => {
        try {
            return breakersAt(host, subject, callersOf);
        } catch (error) {
            if (error instanceof UnknownValue) {
                return [{ host, unread: error.message }];
            }
            throw error;
        }
    });
}
