import { isInbound } from "#live/access-logs.ts";
import type { ProbeResult, TcpProbe } from "#live/probes/probe.ts";
import { conversationWith, describeResult, questionOf } from "#live/requests.ts";
import type { AccessLogLine } from "#model/access-log.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost } from "#model/mesh.ts";
import type { Outcome } from "./check.ts";
import { failed, passed } from "./check.ts";
import type { LiveMesh, Reply } from "./live-mesh.ts";
import type { HttpRequest } from "./matrix.ts";
import type { Origin } from "./probe-pods.ts";

/** A request that a caller makes to a service. */
export interface Call extends HttpRequest {
    readonly caller: Origin;
    readonly service: ServiceIntent;
}

/** A request with its answer. */
export interface Answer extends HttpRequest {
    /** For example `POST /orders`. */
    readonly what: string;
    readonly result: ProbeResult;
}

/** Tells a call from every other one of this and of other runs. */
function probeIdOf(live: LiveMesh, { caller, method, path }: Call): string {
    return `${live.id} ${caller} ${method} ${path}`;
}

/** Makes a call; equal calls of one run are made once. */
export async function make(live: LiveMesh, call: Call): Promise<Answer> {
    const { caller, service, method, path } = call;
    const { context } = live.mesh;
    const probeId = probeIdOf(live, call);
    const question = questionOf(service.name, service.port, method, path, context, probeId);
    const result = await live.ask(caller, question);
    return { method, path, what: `${method} ${path}`, result };
}

/** Makes all the requests to a service at once. */
export function makeAll(
    live: LiveMesh,
    requests: readonly HttpRequest[],
    by: Pick<Call, "caller" | "service">,
): Promise<readonly Answer[]> {
    return Promise.all(requests.map((request) => make(live, { ...request, ...by })));
}

/** The line that the callee's proxy wrote about a call; only for one that got there. */
export function lineOf(live: LiveMesh, call: Call): Promise<AccessLogLine | undefined> {
    const probeId = probeIdOf(live, call);
    return live.logged(call.service.name, (line) => line.probe === probeId && isInbound(line));
}

/** Talks to a backing service; `undefined` where its scheme is unknown. */
export async function talk(
    live: LiveMesh,
    caller: Origin,
    service: BackingServiceIntent,
): Promise<Reply | undefined> {
    const question = conversationWith(service, live.mesh.context);
    return question && live.ask(caller, question);
}

/** Something to say to a backing service: to one of an unknown scheme an empty line, which nobody need answer. */
export function anythingTo(
    service: BackingServiceIntent,
    context: MeshContext,
): Omit<TcpProbe, "id"> {
    return (
        conversationWith(service, context) ?? {
            host: clusterHost(service.name, context),
            port: service.port,
            send: "\r\n",
            expect: "\r\n",
            timeoutMilliseconds: 1000,
        }
    );
}

/** Whether a line is about a connection from an address: one about TCP names its client in no other way. */
export function comesFrom(
    { downstream_remote_address: remote }: AccessLogLine,
    address: string,
): boolean {
    return typeof remote === "string" && remote.replace(/[[\]]/g, "").startsWith(`${address}:`);
}

/** Why a backing service cannot be asked anything. */
export function unknownScheme({ name, scheme }: BackingServiceIntent): string {
    return `nothing is known to say to ${name} that only its server answers: scheme ${scheme}`;
}

/** How many single findings a message names. */
const NAMED = 3;

/** Several findings as one phrase. */
export function listed(findings: readonly string[]): string {
    const rest = findings.length - NAMED;
    return [...findings.slice(0, NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

/** What must hold of every answer, and how to say it. */
export interface Judgement {
    readonly expected: string;
    readonly holds: (answer: Answer) => boolean;
    readonly hint: string;
    /** What was left out, and why. Default: nothing. */
    readonly leftOut?: readonly HttpRequest[];
}

/** Passes where every answer holds, and names those that do not. */
export function judgeAnswers(answers: readonly Answer[], judgement: Judgement): Outcome {
    const { expected, holds, hint, leftOut = [] } = judgement;
    const wrong = answers.filter((answer) => !holds(answer));
    if (wrong.length > 0) {
        const seen = listed(wrong.map(({ what, result }) => `${what}: ${describeResult(result)}`));
        return failed(expected, seen, hint);
    }
    return passed(`${answers.length} requests${notSent(leftOut)}`);
}

/** What was not tried because the service does not say that a probe changes nothing. */
export function notSent(leftOut: readonly HttpRequest[]): string {
    return leftOut.length === 0
        ? ""
        : `; not sent, as they could change something: ${leftOut.map(({ method, path }) => `${method} ${path}`).join(", ")}`;
}
