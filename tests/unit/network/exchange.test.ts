import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { RequestListener } from "node:http";
import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import { exitCodeOf } from "#cli/output.ts";
import { execIn } from "#live/kubernetes/exec.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
import { getThroughPortForward } from "#live/kubernetes/port-forward.ts";
import { assertAnswers } from "#live/target.ts";
import { streamOfApiServer } from "#network/cluster-config.ts";
import { exchange, UnansweredError } from "#network/exchange.ts";
import { configOf, withServer } from "./stand-in.ts";

const LIMITS = { milliseconds: 400, bytes: 1000 };
const JSON_TYPE = { "content-type": "application/json" };

/** Servers that give no whole answer, and what is said of them. */
const SILENT: Readonly<Record<string, readonly [RequestListener, string]>> = {
    "never answers": [() => undefined, "nothing came within 0.4 s"],
    "sends headers alone": [
        (_request, response) => {
            response.writeHead(200, JSON_TYPE).flushHeaders();
        },
        "it did not end within 0.4 s",
    ],
    "sends a byte at a time": [
        (_request, response) => {
            response.writeHead(200, JSON_TYPE);
            const drip = setInterval(() => response.write(" "), 20);
            response.on("close", () => {
                clearInterval(drip);
            });
        },
        "it did not end within 0.4 s",
    ],
    "breaks off": [
        (_request, response) => {
            response.writeHead(200, { ...JSON_TYPE, "content-length": "100" }).write("{");
            setTimeout(() => response.destroy(), 20);
        },
        "it broke off",
    ],
    "closes without a word": [(_request, response) => response.destroy(), "socket hang up"],
    "sends too much": [
        (_request, response) => response.writeHead(200, JSON_TYPE).end("x".repeat(2000)),
        "it is longer than 1000 bytes",
    ],
    redirects: [
        (_request, response) =>
            response.writeHead(302, { location: "http://127.0.0.1:9/" }).end("elsewhere"),
        "it redirects (302), which is not followed",
    ],
};

/** Servers that answer whole, and are none of Kubernetes'. */
const STRANGE: typeof SILENT = {
    "sends a page": [
        (_request, response) =>
            response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
        "it sends text/html, as no API server does",
    ],
    "names a type that a terminal would act on": [
        (_request, response) =>
            response.writeHead(200, { "content-type": "\x9b2J/html" }).end("<html>"),
        "it sends ?2J/html, as no API server does",
    ],
};

/** Everything that asks an API server. */
const ASKING: Readonly<Record<string, (server: string) => Promise<unknown>>> = {
    "the client": (server) =>
        configOf(server, LIMITS).makeApiClient(CoreV1Api).listNamespacedPod({ namespace: "a4co" }),
    "the client, to write": (server) =>
        configOf(server, LIMITS)
            .makeApiClient(CoreV1Api)
            .createNamespace({ body: { metadata: { name: "a4co" } } }),
    "the client of any kind": (server) =>
        KubernetesObjectApi.makeApiClient(configOf(server, LIMITS)).list("v1", "Pod", "a4co"),
    "objects as they are": (server) =>
        new ClusterObjects(configOf(server, LIMITS)).listAll({
            group: "",
            version: "v1",
            kind: "Pod",
            plural: "pods",
        }),
    "a port-forward": (server) =>
        getThroughPortForward(configOf(server, LIMITS), {
            namespace: "a4co",
            service: "order",
            port: 80,
            path: "/",
        }),
};

describe("a request over the network", () => {
    for (const [what, [listener, reason]] of Object.entries(SILENT)) {
        it(`ends with 2 and a sentence where a server ${what}`, () =>
            withServer(listener, async (server) => {
                const url = new URL(server);
                const asked = exchange(url, { limits: LIMITS });
                const expected = new UnansweredError(url.host, reason);
                await assert.rejects(asked, expected);
                assert.equal(exitCodeOf(expected), 2);
            }));
    }

    for (const [what, ask] of Object.entries(ASKING)) {
        it(`of ${what} ends the same way`, async () => {
            const servers = Object.values({ ...SILENT, ...STRANGE });
            await Promise.all(
                servers.map(([listener, reason]) =>
                    withServer(listener, (server) =>
                        assert.rejects(ask(server), { name: "EnvironmentError", reason }),
                    ),
                ),
            );
        });
    }

    it("of a program in a pod ends where the connection is not opened", () =>
        withServer(
            () => undefined,
            async (server) => {
                const command = { namespace: "a4co", pod: "a", container: "b", command: ["c"] };
                await assert.rejects(
                    execIn(configOf(server, LIMITS), command),
                    new UnansweredError(new URL(server).host, "Opening handshake has timed out"),
                );
            },
        ));

    it("of a program in a pod tells a refusal from silence", () =>
        withServer(
            (_request, response) => response.writeHead(403).end(),
            async (server) => {
                const command = { namespace: "a4co", pod: "a", container: "b", command: ["c"] };
                await assert.rejects(
                    execIn(configOf(server, LIMITS), command),
                    new Error("a4co/a: c: the API server answered 403"),
                );
            },
        ));

    it("whose answer is a stream says why it ended", () =>
        withServer(
            (_request, response) => response.writeHead(404).end(),
            async (server) => {
                const reason = await new Promise((resolve, reject) => {
                    streamOfApiServer(configOf(server), "/log", reject, resolve).catch(reject);
                });
                assert.equal(reason, "the API server answered 404");
            },
        ));

    it("shows that the API server answers before anything else is asked", () =>
        withServer(
            (_request, response) => response.writeHead(401, JSON_TYPE).end('{"message":"No."}'),
            async (server) => {
                const access = { context: "mine", server, local: false, fallback: false };
                await assert.rejects(assertAnswers({ ...access, kubeConfig: configOf(server) }), {
                    name: "EnvironmentError",
                    message: `The API server ${server} of context "mine" cannot be asked: No.`,
                });
            },
        ));
});

describe("a connection that is used again", () => {
    /** A server that ends a connection as soon as a second request comes on it, as one does that restarts. */
    const restarting = (): { readonly listener: RequestListener; readonly seen: string[] } => {
        const known = new WeakSet<object>();
        const seen: string[] = [];
        return {
            seen,
            listener: ({ socket, method = "" }, response) => {
                seen.push(method);
                if (known.has(socket)) {
                    socket.destroy();
                } else {
                    known.add(socket);
                    response.end("answered");
                }
            },
        };
    };

    it("may have been closed: what only reads is asked once more", () => {
        const { listener, seen } = restarting();
        return withServer(listener, async (server) => {
            const agent = new Agent({ keepAlive: true });
            for (let count = 0; count < 3; count += 1) {
                const { text } = await exchange(new URL(server), { agent, limits: LIMITS });
                assert.equal(text, "answered");
                await new Promise(setImmediate);
            }
            assert.ok(seen.length > 3, "no connection was used again");
            agent.destroy();
        });
    });

    it("carries nothing that changes something", () => {
        const { listener, seen } = restarting();
        return withServer(listener, async (server) => {
            const agent = new Agent({ keepAlive: true });
            await exchange(new URL(server), { agent, limits: LIMITS });
            await new Promise(setImmediate);
            await assert.rejects(
                exchange(new URL(server), { agent, method: "POST", limits: LIMITS }),
                UnansweredError,
            );
            assert.deepEqual(seen, ["GET", "POST"]);
            agent.destroy();
        });
    });
});
