import { milliseconds } from "#model/duration.ts";
import type { Duration } from "#model/intents.ts";
import { quantile } from "../statistics.ts";
import type { Measurement, MeshMetrics, Series } from "./metrics.ts";
import type { Declarations, GraphNode } from "./names.ts";
import { known, Names } from "./names.ts";

/** `undeclared`: used, and nobody declared it. `unused`: declared, and not used in the window. */
type EdgeState = "declared" | "undeclared" | "unused";

/** Who counts an edge: the caller's proxy or the callee's. */
type Reporter = "source" | "destination";

/** Requests of an edge. Shares are from 0 to 1. */
interface RequestTraffic {
    /** As Istio names them: `http`, `grpc`. */
    readonly protocols: readonly string[];
    readonly perSecond: number;
    /** Of them with a 5xx, a status of gRPC that means the same, or no answer at all. */
    readonly failedShare: number;
    /** Of them that were answered with 403, or gRPC's PERMISSION_DENIED. */
    readonly refusedShare: number;
    /** Milliseconds within which 95 % were answered; `null` where none was. */
    readonly p95Milliseconds: number | null;
}

/** TCP of an edge. */
interface ConnectionTraffic {
    /** At the window's end. */
    readonly open: number;
    readonly openedPerSecond: number;
    /** By the destination. */
    readonly receivedBytesPerSecond: number;
    /** By the destination. */
    readonly sentBytesPerSecond: number;
}

/** Who calls whom, and what of it was seen. */
export interface LiveEdge {
    readonly from: string;
    readonly to: string;
    readonly state: EdgeState;
    /** Where the numbers are from; empty where nothing was seen. */
    readonly reporters: readonly Reporter[];
    /** Share with mutual TLS, from 0 to 1; `null` where the callee's proxy saw nothing. */
    readonly mutualTlsShare: number | null;
    readonly requests: RequestTraffic | null;
    readonly connections: ConnectionTraffic | null;
}

/** The calls of a mesh in a window of time, beside those that are declared. This is what `--format json` prints. */
export interface LiveGraph {
    readonly stack: string;
    readonly namespace: string;
    readonly window: Duration;
    /** Whether Prometheus was there for all of it. */
    readonly wholeWindow: boolean;
    readonly nodes: readonly GraphNode[];
    /** Sorted by their ends. */
    readonly edges: readonly LiveEdge[];
    /** Requests that a caller's proxy answered itself, because no route led anywhere. */
    readonly unrouted: readonly { readonly from: string; readonly perSecond: number }[];
}

const QUANTILE = 0.95;

/**
 * Statuses of gRPC that mean what a 5xx does: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const GRPC_FAILURES = ["2", "4", "12", "13", "14", "15"];
const GRPC_PERMISSION_DENIED = "7";

/** A series of an edge. */
interface Observed extends Series {
    readonly kind: keyof MeshMetrics;
    readonly from: GraphNode;
    readonly to: GraphNode;
}

/** Which mesh, and the time that was looked at. */
export interface GraphSubject {
    readonly stack: string;
    readonly mesh: Declarations;
    readonly window: Duration;
}

/** Puts what was measured beside what is declared. */
export function liveGraph(
    { metrics, wholeWindow }: Measurement,
    { stack, mesh, window }: GraphSubject,
): LiveGraph {
    const names = new Names(mesh);
    const seconds = milliseconds(window) / 1000;
    const observed = observedIn(metrics, names);
    const used = edgesIn(observed, names, seconds);
    const unused = names.edges
        .filter(({ caller, callee }) => !used.some((edge) => isBetween(edge, caller, callee)))
        .map(({ caller, callee }): LiveEdge => ({ ...NOTHING_SEEN, from: caller, to: callee }));
    const edges = [...used, ...unused].sort(byEnds);
    const others = observed
        .flatMap(({ from, to }) => [from, to])
        .filter(({ name }) => edges.some(({ from, to }) => from === name || to === name));
    const nodes = new Map([...names.nodes, ...others].map((node) => [node.name, node]));
    return {
        stack,
        namespace: mesh.context.namespace,
        window,
        wholeWindow,
        nodes: [...nodes.values()],
        edges,
        unrouted: unroutedIn(metrics, names, seconds),
    };
}

const NOTHING_SEEN = {
    state: "unused",
    reporters: [],
    mutualTlsShare: null,
    requests: null,
    connections: null,
} as const;

/** Whether nothing at all was seen. */
export function isIdle({ edges, unrouted }: LiveGraph): boolean {
    return unrouted.length === 0 && edges.every(({ state }) => state === "unused");
}

const KINDS = ["requests", "durations", "opened", "open", "received", "sent"] as const;

function observedIn(metrics: MeshMetrics, names: Names): readonly Observed[] {
    return KINDS.flatMap((kind) =>
        metrics[kind].flatMap((series): Observed[] => {
            const from = names.source(series.labels);
            const to = names.destination(series.labels);
            return to === undefined || series.value === 0 || !(names.isOwn(from) || names.isOwn(to))
                ? []
                : [{ ...series, kind, from, to }];
        }),
    );
}

function edgesIn(observed: readonly Observed[], names: Names, seconds: number): LiveEdge[] {
    const groups = new Map<string, Observed[]>();
    for (const one of observed) {
        const key = JSON.stringify([one.from.name, one.to.name]);
        groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()].flatMap((group) => edgeOf(group, names, seconds) ?? []);
}

/** @returns `undefined` where there is neither a request nor a connection */
function edgeOf(group: readonly Observed[], names: Names, seconds: number): LiveEdge | undefined {
    const [first] = group;
    if (first === undefined) {
        return undefined;
    }
    const [from, to] = [first.from.name, first.to.name];
    const counted = group.filter((one) => !isCountedAtSource(one, group));
    const requests = requestTraffic(counted, seconds);
    const connections = connectionTraffic(counted, seconds);
    if (requests === null && connections === null) {
        return undefined;
    }
    const declared = names.edges.some(({ caller, callee }) => from === caller && to === callee);
    return {
        from,
        to,
        state: declared ? "declared" : "undeclared",
        reporters: REPORTERS.filter((each) =>
            counted.some(({ labels: { reporter } }) => reporter === each),
        ),
        mutualTlsShare: mutualTlsShare(group),
        requests,
        connections,
    };
}

const REPORTERS: readonly Reporter[] = ["source", "destination"];

/**
 * Both ends count what they see. The caller's end knows more: what never arrived, and one request where the callee saw
 * several tries of it. So the callee counts only for callers who do not: those without a proxy that is scraped.
 */
function isCountedAtSource(one: Observed, group: readonly Observed[]): boolean {
    return (
        one.labels.reporter === "destination" &&
        group.some(
            (other) =>
                other.labels.reporter === "source" &&
                isOfRequests(other.kind) === isOfRequests(one.kind) &&
                mayBeOneCaller(one, other),
        )
    );
}

/** Several workloads may call with one identity, for example the pods that `mesh verify` asks from. */
function mayBeOneCaller(one: Observed, other: Observed): boolean {
    const services = [one, other].map(({ labels }) => known(labels.source_canonical_service));
    return services.includes(undefined) || services[0] === services[1];
}

function isOfRequests(kind: keyof MeshMetrics): boolean {
    return kind === "requests" || kind === "durations";
}

function requestTraffic(counted: readonly Observed[], seconds: number): RequestTraffic | null {
    const requests = ofKind(counted, "requests");
    const total = sum(requests);
    if (total === 0) {
        return null;
    }
    const latency = new Map<number, number>();
    for (const { labels, value } of ofKind(counted, "durations")) {
        const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
        latency.set(bound, (latency.get(bound) ?? 0) + value);
    }
    const protocols = requests.map(({ labels }) => labels.request_protocol ?? "http");
    return {
        protocols: [...new Set(protocols)].sort(),
        perSecond: total / seconds,
        failedShare: sum(requests.filter(isFailed)) / total,
        refusedShare: sum(requests.filter(isRefused)) / total,
        p95Milliseconds: quantile(QUANTILE, latency) ?? null,
    };
}

/** Code 0 is a request that never got an answer. */
function isFailed({ labels }: Observed): boolean {
    const { response_code: code = "", grpc_response_status: status = "" } = labels;
    return /^(5\d\d|0)$/.test(code) || GRPC_FAILURES.includes(status);
}

function isRefused({ labels }: Observed): boolean {
    const { response_code: code, grpc_response_status: status } = labels;
    return code === "403" || status === GRPC_PERMISSION_DENIED;
}

function connectionTraffic(
    counted: readonly Observed[],
    seconds: number,
): ConnectionTraffic | null {
    const all = counted.filter(({ kind }) => !isOfRequests(kind));
    return all.length === 0
        ? null
        : {
              open: sum(ofKind(all, "open")),
              openedPerSecond: sum(ofKind(all, "opened")) / seconds,
              receivedBytesPerSecond: sum(ofKind(all, "received")) / seconds,
              sentBytesPerSecond: sum(ofKind(all, "sent")) / seconds,
          };
}

/** Only the callee's proxy knows whether a connection came with mutual TLS. */
function mutualTlsShare(group: readonly Observed[]): number | null {
    const seen = group.filter(
        ({ kind, labels: { reporter, connection_security_policy: policy } }) =>
            (kind === "requests" || kind === "opened" || kind === "open") &&
            reporter === "destination" &&
            (policy === "mutual_tls" || policy === "none"),
    );
    const total = sum(seen);
    const secured = seen.filter(({ labels }) => labels.connection_security_policy === "mutual_tls");
    return total === 0 ? null : sum(secured) / total;
}

function unroutedIn(
    { requests }: MeshMetrics,
    names: Names,
    seconds: number,
): LiveGraph["unrouted"] {
    const totals = new Map<string, number>();
    for (const { labels, value } of requests) {
        const from = names.source(labels);
        const isUnrouted = labels.reporter === "source" && names.destination(labels) === undefined;
        if (isUnrouted && names.isOwn(from) && value > 0) {
            totals.set(from.name, (totals.get(from.name) ?? 0) + value);
        }
    }
    return [...totals]
        .map(([from, total]) => ({ from, perSecond: total / seconds }))
        .sort((one, other) => compared(one.from, other.from));
}

function ofKind(observed: readonly Observed[], wanted: keyof MeshMetrics): readonly Observed[] {
    return observed.filter(({ kind }) => kind === wanted);
}

function sum(series: readonly Series[]): number {
    return series.reduce((total, { value }) => total + value, 0);
}

function isBetween({ from, to }: LiveEdge, caller: string, callee: string): boolean {
    return from === caller && to === callee;
}

function byEnds(one: LiveEdge, other: LiveEdge): number {
    return compared(one.from, other.from) || compared(one.to, other.to);
}

function compared(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}
