import assert from "node:assert/strict";
import { formatted } from "#cli/graph/formats.ts";
import type { LiveGraph } from "#cli/graph/live-graph.ts";
import { liveGraph } from "#cli/graph/live-graph.ts";
import { measured, MIXED, SUBJECT } from "./metrics.ts";

const GRAPH = liveGraph(MIXED, SUBJECT);

describe("the formats of the live graph", () => {
    it("text says what each edge carried, and what is to be said of the whole", async () => {
        assert.equal(
            await formatted(GRAPH, "text"),
            `Stack dev, namespace a4co, the last 100s

FROM             TO                 PROTOCOL  TRAFFIC                                          FAILED  REFUSED  P95      MUTUAL TLS  NOTE
default.a4co     payment-service    http      0.03 requests/s                                  0 %     100 %    -        100 %       not declared, all refused
ingress-gateway  order-service      http      5 requests/s                                     0 %     0 %      -        100 %
order-service    nats               tcp       0 connections/s, 1 open; 1.5 kB/s in, 1 B/s out  -       -        -        100 %
order-service    payment-service    http      1 requests/s                                     10 %    0 %      43.8 ms  100 %
payment-service  inventory-service  -         -                                                -       -        -        -           declared, not used

5 edges: 3 declared and used, 1 not declared, 1 declared and not used in the last 100s.
0.02 requests/s of ingress-gateway were answered by its own proxy, as no route led anywhere.
`,
        );
    });

    it("text says that there was nothing, and that Prometheus is younger than the window", async () => {
        const text = await formatted(liveGraph(measured({}, false), SUBJECT), "text");
        assert.match(text, /^Not one request or connection was seen in the last 100s\.$/m);
        assert.match(text, /^Prometheus does not reach back 100s: /m);
    });

    it("text calls only everything 100 % and only nothing 0 %", async () => {
        const [edge] = GRAPH.edges;
        assert.ok(edge?.requests);
        const shares = { failedShare: 0.0001, refusedShare: 0.9999 };
        const almost: LiveGraph = {
            ...GRAPH,
            edges: [{ ...edge, requests: { ...edge.requests, ...shares } }],
        };
        assert.match(await formatted(almost, "text"), /<0\.1 % +>99\.9 % .*not declared$/m);
    });

    it("JSON is the graph", async () => {
        const read = JSON.parse(await formatted(GRAPH, "json")) as LiveGraph;
        assert.deepEqual(read, GRAPH);
        assert.deepEqual(
            read.edges.find(({ to }) => to === "nats"),
            {
                from: "order-service",
                to: "nats",
                state: "declared",
                reporters: ["source"],
                mutualTlsShare: 1,
                requests: null,
                connections: {
                    open: 1,
                    openedPerSecond: 0,
                    receivedBytesPerSecond: 1500,
                    sentBytesPerSecond: 1,
                },
            },
        );
    });

    it("Mermaid and DOT draw what is undeclared bold and what is unused dashed", async () => {
        const mermaid = await formatted(GRAPH, "mermaid");
        assert.match(mermaid, /n5 ==>\|"not declared, all refused<br\/>.*"\| n2/);
        assert.match(mermaid, /n2 -\.->\|"declared, not used"\| n3/);
        assert.match(mermaid, /class n5 undeclared/);
        const dot = await formatted(GRAPH, "dot");
        assert.match(dot, /"default\.a4co" -> "payment-service" \[class="undeclared", style=bold/);
        assert.match(dot, /"inventory-service" \[class="unused", style=dashed/);
    });

    it("HTML has a row an edge, and no name in it is markup", async () => {
        const name = "<img src=x>";
        const [edge] = GRAPH.edges;
        assert.ok(edge);
        const html = await formatted(
            {
                ...GRAPH,
                nodes: [...GRAPH.nodes, { name, kind: "stranger" }],
                edges: [...GRAPH.edges, { ...edge, from: name }],
            },
            "html",
        );
        assert.equal(html.match(/<tr class=/g)?.length, GRAPH.edges.length + 1);
        assert.ok(html.includes("&lt;img src=x&gt;") && !html.includes("<img"));
    });
});
