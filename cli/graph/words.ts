import type { LiveEdge, LiveGraph } from "./live-graph.ts";
import { isIdle } from "./live-graph.ts";
import { OUTSIDE, UNKNOWN_CALLER } from "./names.ts";

/** What is not there, in a table. */
const NONE = "-";

export const COLUMNS = [
    "from",
    "to",
    "protocol",
    "traffic",
    "failed",
    "refused",
    "p95",
    "mutual TLS",
    "note",
] as const;

/** An edge's row below {@link COLUMNS}. */
export function cellsOf(edge: LiveEdge): readonly string[] {
    const { from, to, requests, mutualTlsShare } = edge;
    return [
        from,
        to,
        protocolsOf(edge).join(", ") || NONE,
        trafficOf(edge).join("; ") || NONE,
        requests === null ? NONE : percent(requests.failedShare),
        requests === null ? NONE : percent(requests.refusedShare),
        requests === null || requests.p95Milliseconds === null
            ? NONE
            : `${rounded(requests.p95Milliseconds)} ms`,
        mutualTlsShare === null ? NONE : percent(mutualTlsShare),
        noteOf(edge),
    ];
}

function protocolsOf({ requests, connections }: LiveEdge): readonly string[] {
    return [...(requests?.protocols ?? []), ...(connections === null ? [] : ["tcp"])];
}

function trafficOf({ requests, connections }: LiveEdge): readonly string[] {
    return [
        ...(requests === null ? [] : [`${rounded(requests.perSecond)} requests/s`]),
        ...(connections === null
            ? []
            : [
                  `${rounded(connections.openedPerSecond)} connections/s, ${rounded(connections.open)} open`,
                  `${bytes(connections.receivedBytesPerSecond)} in, ${bytes(connections.sentBytesPerSecond)} out`,
              ]),
    ];
}

/** What is to be said of an edge beside its numbers; empty where it is declared and used. */
function noteOf({ state, requests, connections }: LiveEdge): string {
    switch (state) {
        case "declared":
            return "";
        case "undeclared":
            return connections === null && requests?.refusedShare === 1
                ? "not declared, all refused"
                : "not declared";
        case "unused":
            return "declared, not used";
    }
}

/** What an edge's label in a drawing says, a line each. */
export function linesOf(edge: LiveEdge): readonly string[] {
    const { requests, mutualTlsShare } = edge;
    const wrong =
        requests === null
            ? []
            : [
                  ...(requests.failedShare > 0 ? [`${percent(requests.failedShare)} failed`] : []),
                  ...(requests.refusedShare > 0
                      ? [`${percent(requests.refusedShare)} refused`]
                      : []),
              ];
    const latency =
        requests === null || requests.p95Milliseconds === null
            ? []
            : [`p95 ${rounded(requests.p95Milliseconds)} ms`];
    return [
        noteOf(edge),
        trafficOf(edge).join(", "),
        [...latency, ...wrong].join(", "),
        mutualTlsShare === null ? "" : `${percent(mutualTlsShare)} mutual TLS`,
    ].filter((line) => line !== "");
}

/** What is to be said of the graph as a whole, a sentence each. */
export function remarksOn(graph: LiveGraph): readonly string[] {
    const { window, wholeWindow, edges, nodes, unrouted } = graph;
    const has = ({ name }: { readonly name: string }): boolean =>
        nodes.some((node) => node.name === name);
    const count = (state: LiveEdge["state"]): number =>
        edges.filter((edge) => edge.state === state).length;
    const [undeclared, unused] = [count("undeclared"), count("unused")];
    return [
        isIdle(graph)
            ? `Not one request or connection was seen in the last ${window}.`
            : `${edges.length} edges: ${count("declared")} declared and used, ${undeclared} not declared, ${unused} declared and not used in the last ${window}.`,
        ...(wholeWindow
            ? []
            : [
                  `Prometheus does not reach back ${window}: what is per second is too little by what it missed.`,
              ]),
        ...unrouted.map(
            ({ from, perSecond }) =>
                `${rounded(perSecond)} requests/s of ${from} were answered by its own proxy, as no route led anywhere.`,
        ),
        ...(has(UNKNOWN_CALLER)
            ? [
                  `"${UNKNOWN_CALLER.name}" has no certificate of the mesh: a pod without a proxy, or somebody outside.`,
              ]
            : []),
        ...(has(OUTSIDE)
            ? [
                  `"${OUTSIDE.name}" is any address that the caller's proxy does not know and passed on to.`,
              ]
            : []),
    ];
}

/** A share in percent; only all is 100 %, and only nothing is 0 %. */
function percent(share: number): string {
    if (share > 0 && share < 0.001) {
        return "<0.1 %";
    }
    return share < 1 && share > 0.999 ? ">99.9 %" : `${Number((share * 100).toFixed(1))} %`;
}

/** Three digits that count. */
function rounded(value: number): string {
    return String(Number(value.toPrecision(3)));
}

function bytes(perSecond: number): string {
    const units = ["B/s", "kB/s", "MB/s", "GB/s"];
    const power = Math.min(
        units.length - 1,
        perSecond < 1 ? 0 : Math.floor(Math.log10(perSecond) / 3),
    );
    return `${rounded(perSecond / 1000 ** power)} ${units[power] ?? ""}`;
}
