import { once } from "node:events";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Registry } from "prom-client";
import { FAULT_HEADER, faultFor, parseFaults } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { parseJsonBody } from "./input.ts";
import type { JsonObject } from "./input.ts";
import type { RequestMetrics } from "./metrics.ts";
import type { ServiceName } from "./names.ts";
import { accessLine, answerFor, MAX_BODY_BYTES, pathOf, TOO_LARGE } from "./respond.ts";
import type { AccessRecord } from "./respond.ts";
import { run } from "./routing.ts";
import type { Answer, Call, Route } from "./routing.ts";
import {
    CLIENT_CERTIFICATE_HEADER,
    header,
    headersToPassOn,
    IDEMPOTENCY_HEADER,
    PROBE_HEADER,
} from "./trace.ts";

/** What every service can be given. */
export interface ServerOptions {
    /** Faults of this replica, in the grammar of the fault header. Default: none. */
    readonly fault?: string;
    /** Receives one line of JSON a request. Default: standard output. */
    readonly log?: (line: string) => void;
    /** A number from 0 up to 1, drawn for faults with a share. Default: `Math.random`. */
    readonly random?: () => number;
    /** Time that requests in flight get to finish once the service stops. Default 20000 ms. */
    readonly graceMs?: number;
}

/** What one service is. */
export interface ServerParts {
    readonly name: ServiceName;
    /** First segment of all its paths; `<prefix>/metrics` has the metrics. */
    readonly prefix: `/${string}`;
    readonly routes: readonly Route[];
    readonly metrics: RequestMetrics;
    /** Details for `/health`, which answers 200 as long as the process can. */
    readonly health?: () => JsonObject;
    /** Closes what the service holds, once the last request is answered. */
    readonly stop?: () => void | Promise<void>;
}

export interface DemoServer {
    readonly name: ServiceName;
    readonly registry: Registry;
    /** Listens and returns the port, which is a free one for 0. Default host: every address. */
    listen(port: number, host?: string): Promise<number>;
    /** Stops accepting, lets requests in flight finish and closes what the service holds. */
    close(): Promise<void>;
}

interface Environment {
    readonly Bindings: HttpBindings;
    readonly Variables: { readonly record: AccessRecord };
}

type Exchange = Context<Environment>;

/**
 * The server of one service: routing, limits, faults, metrics, access lines and an orderly end.
 *
 * @throws FaultSyntaxError where `options.fault` does not follow the grammar
 */
export function createDemoServer(parts: ServerParts, options: ServerOptions = {}): DemoServer {
    const { name, metrics } = parts;
    const log = options.log ?? ((line: string) => process.stdout.write(`${line}\n`));
    const random = options.random ?? Math.random;
    const ownFault =
        options.fault === undefined ? undefined : faultFor(parseFaults(options.fault), name);
    const routes = [...operationalRoutes(parts), ...parts.routes];
    const hung = new Set<HttpBindings["outgoing"]>();
    /** When the last request on each connection ended. */
    const idleSince = new WeakMap<Socket, number>();
    let stopping = false;

    // Paths are compared as they were sent.
    const app = new Hono<Environment>({
        getPath: (_request, { env } = {}) => pathOf((env as HttpBindings).incoming),
    });
    app.use(async (exchange, next) => {
        const { incoming: request, outgoing: response } = exchange.env;
        const { socket } = request;
        const started = performance.now();
        const record: AccessRecord = { route: "unmatched" };
        exchange.set("record", record);
        response.once("close", () => {
            const ended = performance.now();
            idleSince.set(socket, ended);
            const seconds = (ended - started) / 1_000;
            // 499 is what proxies write where the caller left before the answer.
            const status = response.writableFinished ? response.statusCode : 499;
            metrics.observe(request.method ?? "", record.route, status, seconds);
            log(accessLine({ service: name, request, record, status, seconds }));
        });
        await next();
        exchange.header("x-served-by", hostname());
        if (stopping) {
            exchange.header("connection", "close");
        }
    });
    app.use(
        bodyLimit({
            maxSize: MAX_BODY_BYTES,
            onError: (exchange) => answered(exchange as Exchange, TOO_LARGE),
        }),
    );

    const drawFault = (text: string | undefined): Fault | undefined => {
        const told = text === undefined ? undefined : faultFor(parseFaults(text), name);
        const fault = told ?? ownFault;
        return fault !== undefined && random() * 100 < fault.share ? fault : undefined;
    };
    const cut = async ({ outgoing }: HttpBindings): Promise<Response> => {
        outgoing.destroy();
        await once(outgoing, "close");
        return RESPONSE_ALREADY_SENT;
    };
    const hang = async (bindings: HttpBindings): Promise<Response> => {
        if (stopping) {
            return cut(bindings);
        }
        const { outgoing } = bindings;
        hung.add(outgoing);
        await once(outgoing, "close");
        hung.delete(outgoing);
        return RESPONSE_ALREADY_SENT;
    };
    const serve = async (route: Route, exchange: Exchange): Promise<Response> => {
        const { headers, socket } = exchange.env.incoming;
        const record = exchange.get("record");
        record.route = route.path;
        const probe = header(headers, PROBE_HEADER) !== undefined;
        if (route.operational === true) {
            return answered(exchange, await run(route, callOf(headers, ""), probe));
        }
        const fault = drawFault(header(headers, FAULT_HEADER));
        if (fault !== undefined) {
            record.fault = JSON.stringify(fault);
        }
        const idleFor = performance.now() - (idleSince.get(socket) ?? Infinity);
        if (fault?.idleMs !== undefined && idleFor >= fault.idleMs) {
            return cut(exchange.env);
        }
        const call = callOf(headers, await exchange.req.text());
        // What is slow or dies stays so after its caller has left, as with a real overloaded server.
        await sleep(fault?.delayMs ?? 0);
        if (fault?.hang === true) {
            return hang(exchange.env);
        }
        if (fault?.status === undefined) {
            return answered(exchange, await run(route, call, probe));
        }
        if (fault.after) {
            await run(route, call, probe);
        }
        const error = `${name} fails because a fault was asked for.`;
        return answered(exchange, { status: fault.status, body: { error, fault: true } });
    };
    for (const route of routes) {
        app.on(route.method, route.path, (exchange) => serve(route, exchange));
    }
    app.notFound((exchange) => answered(exchange, notServed(routes, exchange)));
    app.onError((error, exchange) => answered(exchange, answerFor(error, name)));

    const server = createAdaptorServer({
        fetch: app.fetch,
        // A proxy in front keeps its connections for as long as an hour. Where the server closed them first, a
        // request could meet a connection that is just being closed.
        serverOptions: {
            keepAliveTimeout: 3_900_000,
            headersTimeout: 20_000,
            requestTimeout: 30_000,
        },
    }) as Server;
    return {
        name,
        registry: metrics.registry,
        listen: (port, host) => listen(server, port, host),
        close: async () => {
            stopping = true;
            for (const response of hung) {
                response.destroy();
            }
            await closeServer(server, options.graceMs ?? 20_000);
            await parts.stop?.();
        },
    };
}

function answered(exchange: Exchange, { status, body, headers }: Answer): Response {
    const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
    return exchange.body(text, status as ContentfulStatusCode, {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(text)),
        ...headers,
    });
}

/** The answer where no route has the path, or none of them the method. */
function notServed(routes: readonly Route[], { env: { incoming } }: Exchange): Answer {
    const path = pathOf(incoming);
    const allow = routes.filter((route) => route.path === path).map(({ method }) => method);
    return allow.length === 0
        ? { status: 404, body: { error: `There is nothing at ${path.slice(0, 200)}.` } }
        : {
              status: 405,
              body: {
                  error: `${path} does not answer ${incoming.method ?? ""}, allowed is ${allow.join(", ")}.`,
              },
              headers: { allow: allow.join(", ") },
          };
}

function callOf(headers: IncomingHttpHeaders, text: string): Call {
    return {
        body: parseJsonBody(text),
        passedOn: headersToPassOn(headers),
        idempotencyKey: header(headers, IDEMPOTENCY_HEADER),
        callerCertificate: header(headers, CLIENT_CERTIFICATE_HEADER) ?? null,
    };
}

/** Health and metrics are no part of the service's work: no fault ever acts on them. */
function operationalRoutes(parts: ServerParts): readonly Route[] {
    const { registry } = parts.metrics;
    return [
        {
            method: "GET",
            path: "/health",
            operational: true,
            handle: () => ({
                status: 200,
                body: { status: "ok", service: parts.name, ...parts.health?.() },
            }),
        },
        {
            method: "GET",
            path: `${parts.prefix}/metrics`,
            operational: true,
            handle: async () => ({
                status: 200,
                body: await registry.metrics(),
                headers: { "content-type": registry.contentType },
            }),
        },
    ];
}

async function listen(server: Server, port: number, host?: string): Promise<number> {
    server.listen(port, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
    if (!server.listening) {
        return;
    }
    const late = setTimeout(() => {
        server.closeAllConnections();
    }, graceMs);
    await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
    });
    clearTimeout(late);
}
