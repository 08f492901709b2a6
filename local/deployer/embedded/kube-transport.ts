import https from "node:https";

import { KubeConfig } from "@kubernetes/client-node";

import { stringAt } from "./json.ts";

/** An answer of the API server other than success. */
export class KubeError extends Error {
    override readonly name = "KubeError";
    readonly status: number;
    /** The `reason` of the Status object, for example `NotFound`, `Conflict`, `Invalid`. */
    readonly reason: string;

    constructor(status: number, reason: string, message: string) {
        super(message);
        this.status = status;
        this.reason = reason;
    }
}

export interface Request {
    readonly method: "GET" | "PATCH" | "POST" | "PUT" | "DELETE";
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly contentType?: string;
    readonly signal?: AbortSignal | undefined;
}

export interface Response {
    readonly body: unknown;
    /** Texts of the answer's `Warning` headers. */
    readonly warnings: readonly string[];
}

/** One request to the API server; the seam at which tests put a fake cluster. */
export type Transport = (request: Request) => Promise<Response>;

const REQUEST_TIMEOUT_MS = 60_000;
/** Exec and OIDC credentials expire, so they are asked for again after this time. */
const CREDENTIALS_TTL_MS = 60_000;

/** The transport of a kubeconfig's current context. */
export function kubeconfigTransport(kubeconfig: string): Transport {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined)
        throw new Error(`${kubeconfig} has no current context with a cluster`);
    let credentials: Promise<https.RequestOptions> | undefined;
    let asked = 0;
    const options = (): Promise<https.RequestOptions> => {
        if (credentials === undefined || Date.now() - asked > CREDENTIALS_TTL_MS) {
            asked = Date.now();
            const fresh: https.RequestOptions = {};
            credentials = config.applyToHTTPSOptions(fresh).then(() => fresh);
        }
        return credentials;
    };
    return async (request) => send(server, await options(), request);
}

function send(server: string, options: https.RequestOptions, request: Request): Promise<Response> {
    const url = new URL(server.replace(/\/$/, "") + request.path);
    for (const [key, value] of Object.entries(request.query ?? {}))
        url.searchParams.set(key, value);
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string> = { accept: "application/json" };
    for (const [key, value] of Object.entries(options.headers ?? {})) headers[key] = String(value);
    if (payload !== undefined) {
        headers["content-type"] = request.contentType ?? "application/json";
        headers["content-length"] = String(Buffer.byteLength(payload));
    }
    return new Promise((resolve, reject) => {
        const call = https.request(url, {
            ...options,
            method: request.method,
            headers,
            timeout: REQUEST_TIMEOUT_MS,
            ...(request.signal ? { signal: request.signal } : {}),
        });
        call.on("timeout", () => {
            call.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
        });
        call.on("error", reject);
        call.on("response", (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("error", reject);
            answer.on("end", () => {
                try {
                    const text = Buffer.concat(chunks).toString("utf8");
                    resolve(interpret(answer.statusCode ?? 0, text, answer.headers["warning"]));
                } catch (error) {
                    reject(error instanceof Error ? error : new Error(String(error)));
                }
            });
        });
        call.end(payload);
    });
}

function interpret(status: number, text: string, warning: string | string[] | undefined): Response {
    let body: unknown;
    try {
        body = text === "" ? undefined : JSON.parse(text);
    } catch {
        body = undefined;
    }
    if (status >= 400 || status === 0) {
        const message = stringAt(body, "message") ?? text.slice(0, 300);
        throw new KubeError(status, stringAt(body, "reason") ?? "", message || `HTTP ${status}`);
    }
    const raw = Array.isArray(warning) ? warning.join(",") : (warning ?? "");
    const warnings = [...raw.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
        (match[1] ?? "").replace(/\\(.)/g, "$1"),
    );
    return { body, warnings };
}
