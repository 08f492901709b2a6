import { randomUUID } from "node:crypto";
import { PROBE_HEADER } from "#model/access-log.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import { hasBody, isSafe } from "#model/requests.ts";
import type { HttpProbe, ProbeResult, TcpProbe } from "./probes/probe.ts";

/** What Envoy answers to a request that no policy allows. */
const REFUSAL = "RBAC: access denied";
/** The caller's proxy puts it on what came from upstream, so an answer without it is that proxy's own. */
const FROM_UPSTREAM = "x-envoy-upstream-service-time";

/** Whether `mesh verify` may send a request with this method to a service at all, even one that must be refused. */
export function maySend(
    method: string,
    service: Pick<ServiceIntent, "honoursProbeHeader">,
): boolean {
    return service.honoursProbeHeader || isSafe(method);
}

/**
 * A request to a service by its name in the cluster.
 *
 * @param probe marks the request in access logs; questions that shall share one answer are given the same mark.
 *     Default: one of its own.
 */
export function questionOf(
    service: string,
    port: number,
    method: string,
    path: string,
    context: MeshContext,
    probe: string = randomUUID(),
): Omit<HttpProbe, "id"> {
    const withBody = hasBody(method);
    return {
        host: clusterHost(service, context),
        port,
        method,
        path,
        headers: {
            [PROBE_HEADER]: probe,
            ...(withBody && { "content-type": "application/json" }),
        },
        ...(withBody && { body: "{}" }),
    };
}

/**
 * What is said to a server of a scheme, and the answer that only follows to it: a server that speaks first greets a
 * refused client too.
 */
const CONVERSATIONS: Readonly<Record<string, Pick<TcpProbe, "send" | "expect"> | undefined>> = {
    nats: { send: 'CONNECT {"verbose":false}\r\nPING\r\n', expect: "PONG" },
    redis: { send: "PING\r\n", expect: "PONG" },
};

/** A conversation with a backing service; `undefined` where nobody knows what its scheme answers. */
export function conversationWith(
    service: Pick<BackingServiceIntent, "name" | "port" | "scheme">,
    context: MeshContext,
): Omit<TcpProbe, "id"> | undefined {
    const words = CONVERSATIONS[service.scheme];
    return words && { host: clusterHost(service.name, context), port: service.port, ...words };
}

/** Whether the callee's proxy refused the request; the answer to HEAD has the refusal's length alone. */
export function refusedByMesh({ status, body = "", headers }: ProbeResult): boolean {
    const length = Number(headers?.["content-length"]);
    return status === 403 && (body === REFUSAL || (body === "" && length === REFUSAL.length));
}

/** Whether the caller's own proxy answered that it knows no route, so that nothing left the caller. */
export function notRouted({ status, headers }: ProbeResult): boolean {
    return status === 404 && headers?.[FROM_UPSTREAM] === undefined;
}

/** Whether the callee's proxy let the request through, whatever the application then answered. */
export function arrived(result: ProbeResult): boolean {
    return (
        result.status !== undefined &&
        result.headers?.[FROM_UPSTREAM] !== undefined &&
        !refusedByMesh(result)
    );
}

/** An answer in one phrase. */
export function describeResult(result: ProbeResult): string {
    if (result.matched === true) {
        return "an answer";
    }
    if (result.status === undefined) {
        return `no answer (${result.error ?? "none came"})`;
    }
    if (refusedByMesh(result)) {
        return "403 from the mesh";
    }
    return arrived(result)
        ? `${result.status} from the service`
        : `${result.status} from the caller's proxy`;
}
