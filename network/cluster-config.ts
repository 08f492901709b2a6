import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { Agent } from "node:https";
import { createSecureContext } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import type { ApiConstructor, ApiType, RequestContext } from "@kubernetes/client-node";
import {
    createConfiguration,
    HttpMethod,
    KubeConfig,
    ResponseContext,
    ServerConfiguration,
    wrapHttpLibrary,
} from "@kubernetes/client-node";
import { printable } from "#errors.ts";
import type { Answer, Limits, Question } from "./exchange.ts";
import { exchange, LIMITS, openStream, UnansweredError } from "./exchange.ts";

/** How long a connection stays that nobody uses: less than the API server leaves it, so that it rarely ends under a request. */
const IDLE_MILLISECONDS = 10_000;
/** A program that fetches credentials may have to ask its user. */
const CREDENTIALS_MILLISECONDS = 120_000;
/** What the API server sends; its logs are text. */
const MEDIA_TYPES: readonly string[] = ["application/json", "text/plain"];

/**
 * A kubeconfig whose clients ask by {@link exchange}: every request ends within limits, and none follows a redirection.
 * Requests that only read use one another's connections. The client's own makes a connection for each, and reads the
 * certificates anew for it.
 */
export class ClusterConfig extends KubeConfig {
    readonly #limits: Limits;
    #kept: { readonly options: Agent["options"]; readonly agent: Agent } | undefined;

    constructor(limits: Limits = LIMITS) {
        super();
        this.#limits = limits;
    }

    override makeApiClient<T extends ApiType>(apiClientType: ApiConstructor<T>): T {
        const configuration = createConfiguration({
            baseServer: new ServerConfiguration(serverOf(this), {}),
            authMethods: { default: this },
            httpApi: wrapHttpLibrary({ send: (request) => this.#send(request) }),
        });
        return new apiClientType(configuration);
    }

    /** Takes requests by {@link askApiServer}, and the client's own for connections that carry streams. */
    override async applyToHTTPSOptions(
        options: RequestOptions & { limits?: Partial<Limits>; handshakeTimeout?: number },
    ): Promise<void> {
        await this.#withCredentials(super.applyToHTTPSOptions(options));
        options.limits = { ...this.#limits, ...options.limits };
        options.handshakeTimeout = this.#limits.milliseconds;
        if (options.method === "GET") {
            options.agent = this.#keeping(options.agent);
        }
    }

    override async applySecurityAuthentication(context: RequestContext): Promise<void> {
        await this.#withCredentials(super.applySecurityAuthentication(context));
    }

    async #send(request: RequestContext): Promise<ResponseContext> {
        const method = request.getHttpMethod();
        const body = request.getBody();
        if (body !== undefined && typeof body !== "string") {
            throw new TypeError("the API server takes no forms");
        }
        const agent = request.getAgent();
        const answer = await askedOf(new URL(request.getUrl()), {
            method,
            headers: request.getHeaders(),
            agent: method === HttpMethod.GET ? this.#keeping(agent) : agent,
            body,
            limits: this.#limits,
        });
        const headers = Object.entries(answer.headers).map(([name, value]) => [
            name,
            String(value),
        ]);
        return new ResponseContext(
            answer.status,
            Object.fromEntries(headers) as Record<string, string>,
            {
                text: () => Promise.resolve(answer.text),
                binary: () => Promise.resolve(Buffer.from(answer.text)),
            },
        );
    }

    /** The agent of all requests with the same certificates; a proxy's is as it was made. */
    #keeping(made: RequestOptions["agent"]): RequestOptions["agent"] {
        if (!(made instanceof Agent) || made.constructor !== Agent) {
            return made;
        }
        const { options } = made;
        if (!isDeepStrictEqual(this.#kept?.options, options)) {
            const agent = new Agent({
                ...options,
                keepAlive: true,
                timeout: IDLE_MILLISECONDS,
                secureContext: createSecureContext(options),
            });
            this.#kept = { options, agent };
        }
        return this.#kept?.agent;
    }

    async #withCredentials(fetched: Promise<void>): Promise<void> {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_resolve, reject) => {
            timer = setTimeout(() => {
                const seconds = CREDENTIALS_MILLISECONDS / 1000;
                const name = this.getCurrentUser()?.name ?? "";
                reject(new UnansweredError(`User "${name}"`, `no credentials in ${seconds} s`));
            }, CREDENTIALS_MILLISECONDS);
        });
        try {
            await Promise.race([fetched, late]);
        } finally {
            clearTimeout(timer);
        }
    }
}

/** A request to the API server of a kubeconfig, with its credentials and without the client's models. */
export async function askApiServer(
    kubeConfig: KubeConfig,
    path: string,
    question: Question,
): Promise<Answer> {
    const options = { ...question };
    await kubeConfig.applyToHTTPSOptions(options);
    return askedOf(new URL(serverOf(kubeConfig) + path), options);
}

/** The same for an answer that is a stream; see {@link openStream}. */
export async function streamOfApiServer(
    kubeConfig: KubeConfig,
    path: string,
    onResponse: (response: IncomingMessage) => void,
    onEnd: (reason: string) => void,
): Promise<ClientRequest> {
    const options: RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(options);
    return openStream(new URL(serverOf(kubeConfig) + path), options, onResponse, onEnd);
}

/** The address of a kubeconfig's API server. */
function serverOf(kubeConfig: KubeConfig): string {
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null) {
        throw new Error("the kubeconfig names no cluster");
    }
    return cluster.server;
}

/** @throws UnansweredError where something else than an API server answers */
async function askedOf(url: URL, question: Question): Promise<Answer> {
    const answer = await exchange(url, question);
    const [type = ""] = (answer.headers["content-type"] ?? "").split(";");
    if (answer.status < 300 && !MEDIA_TYPES.includes(type.trim().toLowerCase())) {
        throw new UnansweredError(
            url.host,
            `it sends ${printable(type) || "nothing that it names"}, as no API server does`,
        );
    }
    return answer;
}
