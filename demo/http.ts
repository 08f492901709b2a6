import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { Registry } from "prom-client";
import { createResponder } from "./exchange.ts";
import { faultFor, parseFaults } from "./faults.ts";
import type { JsonObject } from "./input.ts";
import type { RequestMetrics } from "./metrics.ts";
import type { ServiceName } from "./names.ts";
import { accessLine, answerFor, send } from "./respond.ts";
import type { AccessRecord } from "./respond.ts";
import type { Route } from "./routing.ts";

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

/**
 * The server of one service: routing, limits, faults, metrics, access lines and an orderly end.
 *
 * @throws FaultSyntaxError where `options.fault` does not follow the grammar
 */
export function createDemoServer(parts: ServerParts, options: ServerOptions = {}): DemoServer {
    const { name, metrics } = parts;
    const log = options.log ?? ((line: string) => process.stdout.write(`${line}\n`));
    const hung = new Set<ServerResponse>();
    let stopping = false;

    const respond = createResponder({
        name,
        routes: [...operationalRoutes(parts), ...parts.routes],
        ownFault:
            options.fault === undefined ? undefined : faultFor(parseFaults(options.fault), name),
        random: options.random ?? Math.random,
        hang: async (response) => {
            if (stopping) {
                response.destroy();
                return;
            }
            hung.add(response);
            await new Promise((resolve) => response.once("close", resolve));
            hung.delete(response);
        },
    });

    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const started = performance.now();
        const record: AccessRecord = { route: "unmatched" };
        response.setHeader("x-served-by", hostname());
        response.once("close", () => {
            const seconds = (performance.now() - started) / 1_000;
            // 499 is what proxies write where the caller left before the answer.
            const status = response.writableFinished ? response.statusCode : 499;
            metrics.observe(request.method ?? "", record.route, status, seconds);
            log(accessLine({ service: name, request, record, status, seconds }));
        });
        try {
            const answer = await respond(request, response, record);
            if (answer !== undefined) {
                send(response, answer, stopping);
            }
        } catch (error) {
            send(response, answerFor(error, name), stopping);
        }
    };

    // A proxy in front keeps its connections for as long as an hour. Where the server closed them first, a
    // request could meet a connection that is just being closed.
    const limits = { keepAliveTimeout: 3_900_000, headersTimeout: 20_000, requestTimeout: 30_000 };
    const server = createServer(limits, (request, response) => {
        void serve(request, response);
    });
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

function listen(server: Server, port: number, host?: string): Promise<number> {
    return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
            server.off("error", reject);
            resolve((server.address() as AddressInfo).port);
        });
    });
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
