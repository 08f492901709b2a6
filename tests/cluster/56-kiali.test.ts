import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import type { ProbeResult } from "#live/probes/probe.ts";
import type { ProbePod, ProbeSession } from "#live/probes/session.ts";
import { declaredEdges, spiffeIdOf } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { GATEWAY_NAME } from "#model/mesh.ts";
import { catalog } from "#services/catalog.ts";
import { payment } from "#services/payment.ts";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { allowedRequest, probeOf } from "./matrix.ts";
import type { LocalStack } from "./stack.ts";
import { localStack } from "./stack.ts";
import { context, coreApi, eventually, mesh, probeSession, up } from "./support.ts";
import { underTraffic } from "./traffic.ts";

const { namespace, controlPlaneNamespace } = context;
/** The Service and the ServiceAccount. */
const KIALI = "kiali";
const GRAPH = `/kiali/api/namespaces/graph?${new URLSearchParams({
    namespaces: namespace,
    graphType: "app",
    duration: "30s",
    injectServiceNodes: "false",
    appenders: "securityPolicy",
}).toString()}`;
/** For a window's worth of old samples to go and a few new ones to come. */
const GRAPH_SECONDS = 120;

const graphSchema = z.object({
    elements: z.object({
        nodes: z.array(
            z.object({
                data: z.object({
                    id: z.string(),
                    app: z.string().optional(),
                    workload: z.string().optional(),
                }),
            }),
        ),
        edges: z.array(
            z.object({
                data: z.object({
                    source: z.string(),
                    target: z.string(),
                    sourcePrincipal: z.string().optional(),
                    isMTLS: z.string().optional(),
                    traffic: z.object({
                        rates: z.record(z.string(), z.string()),
                        responses: z.record(z.string(), z.unknown()),
                    }),
                }),
            }),
        ),
    }),
});

type EdgeData = z.infer<typeof graphSchema>["elements"]["edges"][number]["data"];

/** An edge that Kiali draws, with its ends by name. */
interface DrawnEdge extends EdgeData {
    readonly name: string;
}

function edgesOf(body: string): readonly DrawnEdge[] {
    const { nodes, edges } = graphSchema.parse(JSON.parse(body)).elements;
    const names = new Map(
        nodes.map(({ data: { id, app, workload } }) => [id, app ?? workload ?? ""]),
    );
    return edges.map(({ data }) => ({
        ...data,
        name: edgeName(names.get(data.source) ?? "", names.get(data.target) ?? ""),
    }));
}

function edgeName(caller: string, callee: string): string {
    return `${caller} -> ${callee}`;
}

function drawnName({ caller, callee }: Pick<Edge, "caller" | "callee">): string {
    return edgeName(caller === INGRESS_GATEWAY ? GATEWAY_NAME : caller, callee);
}

const edges = declaredEdges(catalog);
const DECLARED = edges.map(drawnName).sort();
/** Of a connection upstream's Envoy tells who called only when it ends, and those to a backing service go on. */
const HTTP = edges.filter(({ permissions }) => permissions !== undefined).map(drawnName);

describe("Kiali", () => {
    let stack: LocalStack;
    let session: ProbeSession;
    let visitor: ProbePod;
    let cookies = "";

    async function asked(
        method: "GET" | "POST",
        path: string,
        headers: Readonly<Record<string, string>>,
        body?: string,
    ): Promise<ProbeResult> {
        const answers = await visitor.run([
            {
                id: path,
                host: `${KIALI}.${controlPlaneNamespace}`,
                port: ADDON_PORTS.kiali,
                method,
                path,
                headers,
                ...(body !== undefined && { body }),
            },
        ]);
        const answer = answers.get(path);
        assert.ok(answer);
        return answer;
    }

    async function graph(): Promise<readonly DrawnEdge[]> {
        const { status, body = "", error } = await asked("GET", GRAPH, { cookie: cookies });
        assert.equal(status, 200, error ?? body);
        return edgesOf(body);
    }

    before(async () => {
        stack = await localStack();
        const withKiali = parseDocument(stack.text);
        withKiali.setIn(["config", "mesh:addons", "kiali"], true);
        await writeFile(stack.file, withKiali.toString());
        await up();
        session = probeSession();
        visitor = await session.start({ name: "visitor", namespace: "default" });
    });

    after(async () => {
        await session.close();
        await stack.restore();
    });

    it("lets in who has a token of the cluster, and nobody else", async () => {
        const { status: stranger } = await asked("GET", GRAPH, {});
        assert.equal(stranger, 401);
        const { status } = await coreApi().createNamespacedServiceAccountToken({
            name: KIALI,
            namespace: controlPlaneNamespace,
            body: { spec: { audiences: [], expirationSeconds: 600 } },
        });
        const form = new URLSearchParams({ token: status?.token ?? "" }).toString();
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const answer = await asked("POST", "/kiali/api/authenticate", headers, form);
        assert.equal(answer.status, 200, answer.error ?? answer.body);
        cookies = [answer.headers?.["set-cookie"] ?? []]
            .flat()
            .map((cookie) => cookie.split(";")[0])
            .join("; ");
        assert.equal((await asked("GET", GRAPH, { cookie: cookies })).status, 200);
    });

    it("draws exactly the declared calls, under mutual TLS, and one that is refused as an error", async () => {
        const stranger = await session.start({ name: "stranger", namespace });
        const { method, path } = allowedRequest(payment);
        const refused = probeOf(payment.name, payment.port, method, path);
        const { failures } = await underTraffic(async () => {
            await eventually("the graph is the catalogue's", GRAPH_SECONDS, async () => {
                const drawn = await graph();
                assert.deepEqual(drawn.map(({ name }) => name).sort(), DECLARED);
                for (const { name, isMTLS, traffic } of drawn) {
                    assert.equal(traffic.rates["httpPercentErr"], undefined, name);
                    assert.equal(isMTLS ?? (HTTP.includes(name) ? "none" : "100"), "100", name);
                }
            });
            await eventually("the refused call is drawn", GRAPH_SECONDS, async () => {
                const answer = (await stranger.run([refused])).get(refused.id);
                assert.equal(answer?.status, 403, answer?.error);
                const others = (await graph()).filter(({ name }) => !DECLARED.includes(name));
                for (const { name, traffic } of others) {
                    assert.ok(name.endsWith(edgeName("", payment.name)), name);
                    assert.deepEqual(Object.keys(traffic.responses), ["403"], name);
                    assert.equal(traffic.rates["httpPercentErr"], "100.0", name);
                }
                const principal = spiffeIdOf({ namespace, serviceAccount: "default" }, context);
                const seen = others.find(({ sourcePrincipal }) => sourcePrincipal === principal);
                assert.equal(seen?.isMTLS, "100");
            });
        });
        assert.deepEqual(failures, []);
    });

    it("is the stack's own, and mesh verify says so", async () => {
        const run = await mesh("verify", "--only", "closed", "telemetry");
        assert.equal(run.exitCode, 0, run.stdout);
    });
});
